/** Tasks whose function imports what does not come: they are seen, bounded and stopped as any that hangs. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ErredWhy } from '@taskloom/protocol';
import { fromModule } from '@taskloom/protocol/functions';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();
let directory: string;
let begun: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskloom-importing-'));
  begun = join(directory, 'begun');
});
afterEach(() => rmSync(directory, { recursive: true }));

const HANGING = {
  'awaits what never comes': 'await new Promise(() => {});',
  'loops without end': 'for (;;);',
} as const;
const ways = Object.keys(HANGING) as (keyof typeof HANGING)[];

/** A function of a module that does this when it is imported. */
function importing(does: string): () => unknown {
  const file = join(directory, 'tasks.mjs');
  const says = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(begun)}, '');`;
  writeFileSync(file, `${says}\n${does}\nexport const task = () => 'ran';\n`);
  return fromModule(pathToFileURL(file).href, 'task');
}

test.each(ways)('a module that %s when it is imported is ended by timeoutMs', async (way) => {
  const scheduler = await workerWith();
  const hanging = scheduler.run(importing(HANGING[way]), { timeoutMs: 200 });
  const next = scheduler.run(() => 'next');
  const { why } = await scheduler.failure(hanging);
  expect(why).toBe(ErredWhy.timedOut);
  expect(await scheduler.result(next)).toBe('next');
});

test.each(ways)('of a module that %s a task can be stopped, and no other is lost', async (way) => {
  const scheduler = await workerWith();
  const hanging = scheduler.run(importing(HANGING[way]), { count: 3, concurrency: 2 });
  // Looked at with each message: heartbeats come.
  await scheduler.until(() => existsSync(begun));
  const others = scheduler.run((x: number) => x, { count: 3, args: [[1, 2, 3]] });
  scheduler.rows('stop', hanging, 0, 3);
  for (const index of [0, 1, 2]) expect(await scheduler.result(others, index)).toBe(index + 1);
  expect(scheduler.failures.size).toBe(0);
});
