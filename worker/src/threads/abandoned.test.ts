/** Threads that are told to end while a call holds them that nothing interrupts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErredWhy } from '@taskloom/protocol';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FakeScheduler } from '../testing/fake-scheduler.ts';
import { playedWorkers } from '../testing/workers.ts';
import { MOST_ABANDONED } from './pool.ts';

const { running, workerWith } = playedWorkers();
const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});
let directory: string;
let gate: string;
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  directory = mkdtempSync(join(tmpdir(), 'taskloom-abandoned-'));
  directories.push(directory);
  gate = join(directory, 'gate');
});
afterEach(() => {
  // What holds threads ends before their worker is closed.
  writeFileSync(gate, '');
  vi.restoreAllMocks();
});

/** Runs tasks that hold their threads in a call of the system until the gate is there; they do when it resolves. */
async function hold(scheduler: FakeScheduler, count = 1, options = {}): Promise<number> {
  const [there, marks] = [gate, directory];
  // Or until the marks are removed, so that nothing is left behind.
  const script = (index: number) =>
    `touch ${marks}/held${index}; while [ -d ${marks} ] && [ ! -e ${there} ]; do sleep 0.05; done`;
  const scripts = Array.from({ length: count }, (_, index) => script(index));
  const call = (script: string) => void spawnSync('sh', ['-c', script]);
  // Loaded before, so that their time does not end meanwhile.
  await scheduler.result(scheduler.run(call, { args: [['true']] }));
  const held = scheduler.run(call, { count, args: [scripts], ...options });
  const areHeld = () => readdirSync(marks).filter((name) => name.startsWith('held')).length === count;
  // Looked at with each message: heartbeats come.
  await scheduler.until(areHeld);
  return held;
}

const told = () => vi.mocked(console.error).mock.calls;

test('a task ends by timeoutMs all the same, and another thread takes over', async () => {
  const scheduler = await workerWith();
  const held = await hold(scheduler, 1, { timeoutMs: 500 });
  expect((await scheduler.failure(held)).why).toBe(ErredWhy.timedOut);
  expect(await scheduler.result(scheduler.run(() => 'next'))).toBe('next');
  expect(told()).toEqual([[expect.stringContaining('a thread of worker w1 does not end')]]);
  expect(existsSync(gate)).toBe(false);
});

test('a task that is stopped gives its place to others all the same, up to so many', async () => {
  const scheduler = await workerWith({ threads: MOST_ABANDONED });
  const held = await hold(scheduler, MOST_ABANDONED);
  scheduler.rows('stop', held, 0, MOST_ABANDONED);
  await scheduler.until(() => told().length === MOST_ABANDONED);
  const before = scheduler.of('heartbeat').length;
  scheduler.run(() => new Promise(() => {}), { count: MOST_ABANDONED });
  const most = () =>
    Math.max(
      ...scheduler
        .of('heartbeat')
        .slice(before)
        .map(({ running }) => running.length),
    );
  await scheduler.until(() => most() >= MOST_ABANDONED - 1);
  expect(most()).toBe(MOST_ABANDONED - 1);
  writeFileSync(gate, '');
  await scheduler.until(() => most() === MOST_ABANDONED);
});

test('a worker can be closed meanwhile', async () => {
  const scheduler = await workerWith();
  await hold(scheduler);
  await running[0]!.worker.close();
  expect(existsSync(gate)).toBe(false);
});
