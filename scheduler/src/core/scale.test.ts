/** What a step does among many workers, counted: V8 counts how often each part of the core ran, which is the same each time. */
import { expect, test, vi } from 'vitest';
import { answers, cluster, map, writer } from '../../test/crowd.ts';
import { step } from './index.ts';
import { NONE } from './pieces.ts';

/** Begun before the core is loaded: V8 counts in what it compiles from then on. */
const counting = await vi.hoisted(async () => {
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return session;
});

/** How many functions, branches and turns of loops of the core ran. */
async function counted(work: () => void): Promise<number> {
  await counting.post('Profiler.takePreciseCoverage');
  work();
  const { result } = await counting.post('Profiler.takePreciseCoverage');
  return result
    .filter(({ url }) => url.includes('/scheduler/src/core/') && !url.includes('.test.'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

test('a step that brings a result does hardly more among two thousand busy workers than among twenty', async () => {
  const among = async (workers: number) => {
    const state = cluster(workers, 1);
    const batches = Array.from({ length: 16 }, (_, i) => map(1 + i * 65_536, 65_536));
    let orders = answers(step(state, batches, 0, writer), 5_000);
    // Now it is known how long they take, and every worker has as much as it is to have.
    for (let now = 1; now <= 3; now++) orders = answers(step(state, orders, now, writer), 5_000);
    const results = orders.slice(0, 20);
    const all = await counted(() => {
      for (const result of results) step(state, [result], 4, writer);
    });
    return all / results.length;
  };
  const twenty = await among(20);
  expect(twenty).toBeGreaterThan(100);
  // A queue of pieces is a heap.
  expect(await among(2_000)).toBeLessThan(3 * twenty);
});

test('a round trip does hardly more among two thousand idle workers than among twenty', async () => {
  const among = async (workers: number) => {
    const state = cluster(workers, 1);
    const rounds = 100;
    let now = 1;
    const all = await counted(() => {
      for (let task = 1; task <= rounds; task++) {
        const orders = answers(step(state, [map(task, 1)], now++, writer), 5_000);
        expect(orders).toHaveLength(1);
        step(state, orders, now++, writer);
      }
    });
    return all / rounds;
  };
  const twenty = await among(20);
  expect(twenty).toBeGreaterThan(100);
  expect(await among(2_000)).toBeLessThan(2 * twenty);
});

test('a round trip does no more where two thousand priorities have nothing ready than where one has', async () => {
  const among = async (priorities: number) => {
    const state = cluster(1, 1);
    const prior = (first: number, priority: number) => map(first, 1, {}, { priority });
    let now = 1;
    for (let priority = 1; priority <= priorities; priority++)
      step(state, answers(step(state, [prior(priority, priority)], now++, writer), 5_000), now++, writer);
    expect(state.lanes.size).toBe(priorities);
    return await counted(() => {
      for (let task = 1; task <= 20; task++) {
        const orders = answers(step(state, [prior(10_000 + task, 1)], now++, writer), 5_000);
        expect(orders).toHaveLength(1);
        step(state, orders, now++, writer);
      }
    });
  };
  const one = await among(1);
  expect(one).toBeGreaterThan(20 * 100);
  expect(await among(2_000)).toBeLessThan(1.1 * one);
});

test('to drain twenty workers does hardly more in a step where four hundred stay than where forty do', async () => {
  const among = async (heirs: number) => {
    const state = cluster(20 + heirs, 1);
    const orders = answers(step(state, [map(1, 20 + heirs)], 0, writer), 5_000);
    expect(orders).toHaveLength(20 + heirs);
    step(state, orders, 1, writer);
    const retiring = Array.from({ length: 20 }, (_, i) => ({
      on: 'worker-retiring' as const,
      worker: i + 1,
    }));
    step(state, retiring, 2, writer);
    // What they hold is under way until others say that they have it.
    expect([...state.retiring].every(({ heldHead }) => heldHead !== NONE)).toBe(true);
    return await counted(() => {
      for (let now = 3; now < 23; now++) step(state, [], now, writer);
    });
  };
  const forty = await among(40);
  expect(forty).toBeGreaterThan(20 * 100);
  expect(await among(400)).toBeLessThan(4 * forty);
});
