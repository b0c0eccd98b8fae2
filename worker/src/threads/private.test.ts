/** Tasks are guests in their thread: what they do with the thread's own ports does not concern the agent. */
import { expect, test } from 'vitest';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();

test('whatever a task posts to the parent of its thread, or hangs up there, work goes on', async () => {
  const scheduler = await workerWith();
  for (const said of [{ progress: 0.5 }, 'half done', null, new Uint8Array(3)]) {
    const task = scheduler.run(
      async (what: unknown) => {
        const { parentPort } = await import('node:worker_threads');
        parentPort!.postMessage(what);
        return 'said';
      },
      { args: [[said]] },
    );
    expect(await scheduler.result(task)).toBe('said');
  }
  const rude = scheduler.run(async () => {
    const { parentPort } = await import('node:worker_threads');
    parentPort!.removeAllListeners();
    parentPort!.unref();
    parentPort!.close();
    return 'hung up';
  });
  expect(await scheduler.result(rude)).toBe('hung up');
  expect(await scheduler.result(scheduler.run(() => 'goes on'))).toBe('goes on');
});

test.each([1, 4])('nor what it does with the timers of its thread, concurrency %d', async (concurrency) => {
  const scheduler = await workerWith();
  const fakes = async () => {
    Object.assign(globalThis, { setImmediate: () => {}, queueMicrotask: () => {}, setTimeout: () => {} });
    await Promise.resolve();
    return 'faked';
  };
  expect(await scheduler.result(scheduler.run(fakes, { concurrency }))).toBe('faked');
  const next = async (x: number) => {
    await Promise.resolve();
    console.log(x);
    return x;
  };
  const batch = scheduler.run(next, { count: 3, concurrency, args: [[1, 2, 3]] });
  for (const index of [0, 1, 2]) expect(await scheduler.result(batch, index)).toBe(index + 1);
});
