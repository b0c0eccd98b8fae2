import { Worker } from 'node:worker_threads';
import { Limits } from '@taskloom/protocol';
import { expect, test, vi } from 'vitest';
import { Claims, PROGRESS_BYTES, Progress, SLOTS } from './progress.ts';

function pair() {
  const memory = new SharedArrayBuffer(PROGRESS_BYTES);
  return { claims: new Claims(memory), progress: new Progress(memory), memory };
}

test('there is a slot for every task that may share a thread', () => {
  expect(SLOTS).toBe(Limits.threadTasks);
});

test('nothing begins after a withdrawal until the message that follows it', () => {
  const { claims, progress } = pair();
  expect([claims.claim(), claims.claim()]).toEqual([true, true]);
  expect(progress.withdraw()).toBe(2);
  expect(claims.claim()).toBe(false);
  claims.resume(progress.withdrawals);
  expect(claims.claim()).toBe(true);
  expect(progress.withdraw()).toBe(3);
});

test('a message that crossed a second withdrawal does not begin what that took', () => {
  const { claims, progress } = pair();
  progress.withdraw();
  const crossed = progress.withdrawals;
  progress.withdraw();
  claims.resume(crossed);
  expect(claims.claim()).toBe(false);
  claims.resume(progress.withdrawals);
  expect(claims.claim()).toBe(true);
});

test('what a withdrawal counts as begun is seen running, however close it comes', () => {
  const { claims, progress } = pair();
  const seen: unknown[] = [];
  const { compareExchange } = Atomics;
  const spy = vi.spyOn(Atomics, 'compareExchange').mockImplementation(((
    ...cell: [Int32Array, number, number, number]
  ) => {
    const was = compareExchange(...cell);
    if (seen.length === 0) {
      seen.push(undefined);
      seen.push(progress.withdraw(), progress.running(1));
    }
    return was;
  }) as typeof compareExchange);
  claims.stamp(0, performance.now());
  expect(claims.begin(0, 7, 3)).toBe(true);
  spy.mockRestore();
  expect(seen.slice(1)).toEqual([1, [{ order: 7, index: 3, ms: expect.any(Number) }]]);
  expect((seen[2] as { ms: number }[])[0]!.ms).toBeLessThan(1_000);
});

test('what was withdrawn in time is not seen running', () => {
  const { claims, progress } = pair();
  progress.withdraw();
  expect(claims.begin(0, 7, 3)).toBe(false);
  expect(progress.running(1)).toEqual([]);
});

test('counts go on past the width of the word', () => {
  const { claims, progress } = pair();
  let begun = 0;
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 60_000; i++, begun++) claims.claim();
    expect(progress.withdraw()).toBe(begun);
    claims.resume(progress.withdrawals);
  }
  expect(begun).toBeGreaterThan(0x00ff_ffff);
});

test('what runs is seen with its age', () => {
  const { claims, progress } = pair();
  claims.begin(0, 7, 3);
  claims.stamp(0, performance.now() - 50);
  claims.begin(2, 8, 0);
  claims.stamp(2, performance.now());
  const running = progress.running(3);
  expect(running.map(({ order, index }) => [order, index])).toEqual([
    [7, 3],
    [8, 0],
  ]);
  expect(running[0]!.ms).toBeGreaterThanOrEqual(50);
  claims.end(0);
  expect(progress.running(3).map(({ order }) => order)).toEqual([8]);
});

test('two threads agree on what was begun, however their steps fall', async () => {
  const memory = new SharedArrayBuffer(PROGRESS_BYTES);
  const said = new SharedArrayBuffer(4);
  const program = `
    const { workerData } = require('node:worker_threads');
    import(workerData.module).then(({ Claims }) => {
      const claims = new Claims(workerData.memory);
      const said = new Int32Array(workerData.said);
      Atomics.wait(said, 0, 0);
      let begun = 0;
      while (claims.claim()) begun++;
      require('node:worker_threads').parentPort.postMessage(begun);
    });`;
  const module = new URL('./progress.ts', import.meta.url).href;
  const worker = new Worker(program, { eval: true, workerData: { memory, said, module }, execArgv: [] });
  const answered = new Promise<number>((resolve) => worker.once('message', resolve));
  const flag = new Int32Array(said);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  const words = new Int32Array(memory);
  while (Atomics.load(words, 0) < 1_000);
  const seen = new Progress(memory).withdraw();
  expect(await answered).toBe(seen);
  await worker.terminate();
});
