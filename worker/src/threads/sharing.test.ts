/** Tasks that share a thread when it dies. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErredWhy } from '@taskloom/protocol';
import { afterAll, expect, test } from 'vitest';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();
const directory = mkdtempSync(join(tmpdir(), 'taskloom-sharing-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('the one that ended it fails, and the others run again', async () => {
  const scheduler = await workerWith();
  const died = join(directory, 'died');
  const task = async (index: number) => {
    const { begun = 0 } = globalThis as { begun?: number };
    Object.assign(globalThis, { begun: begun + 1 });
    const isDeadly = index === 2;
    const isTime = () => existsSync(died) || (isDeadly && (globalThis as { begun?: number }).begun === 4);
    while (!isTime()) await new Promise(setImmediate);
    if (!isDeadly) return index;
    writeFileSync(died, '');
    return process.exit(3);
  };
  const batch = scheduler.run(task, { count: 4, concurrency: 4, args: [[0, 1, 2, 3]] });
  const { error, why } = await scheduler.failure(batch, 2);
  expect(why).toBe(ErredWhy.threadDied);
  expect(error.message).toContain('process.exit(3)');
  for (const index of [0, 1, 3]) expect(await scheduler.result(batch, index)).toBe(index);
  expect(scheduler.failures.size).toBe(1);
});
