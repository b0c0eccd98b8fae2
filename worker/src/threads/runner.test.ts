import { afterEach, expect, test, vi } from 'vitest';
import { Current } from './current.ts';
import type { TaskFunction } from './functions.ts';
import { Outcomes } from './outcomes.ts';
import { Claims, PROGRESS_BYTES, Progress } from './progress.ts';
import { Report } from './report.ts';
import { Runner } from './runner.ts';
import type { TaskOrder } from './task-order.ts';

/** A thread's runner without the thread, and what its agent sees; `posts` is called for each message. */
function thread(posts = () => {}) {
  const memory = new SharedArrayBuffer(PROGRESS_BYTES);
  const progress = new Progress(memory);
  const report = new Report();
  const outcomes = new Outcomes(report, { resolve: () => undefined }, () => {});
  const current = new Current({ name: 'w', number: 1 }, () => {});
  const runner = new Runner({
    claims: new Claims(memory),
    outcomes, report, current, worker: 'w', post: posts, leave: () => {},
  }); // biome-ignore format: a record
  let orders = 0;
  return {
    progress,
    report,
    runner,
    /** Gives orders of `count` tasks of a function. */
    give(fn: Pick<TaskFunction, 'prepare' | 'get'>, count: number, concurrency = 1, times = 1): void {
      const held = { rows: (row: number) => [row], value: () => undefined };
      const given = Array.from({ length: times }, () => ({
        order: ++orders, fn: { name: 'f', ...fn }, batch: orders, first: 0, end: count, attempt: 0, concurrency,
        args: [{ first: 0, held }], inputs: [], next: 0, gathered: undefined,
      })); // biome-ignore format: a record
      runner.add(given as unknown as TaskOrder[], 0);
      runner.pump();
    },
    shown: (slots = 1) => progress.running(slots).map(({ order, index }) => `${order}/${index}`),
  };
}

/** A function that is called when what it needs is `here`. */
function importing(calls: unknown[]) {
  let here = () => {};
  const imports = new Promise<void>((resolve) => {
    here = resolve;
  });
  let isPrepared = false;
  const prepare = () => {
    if (isPrepared) return undefined;
    isPrepared = true;
    return imports;
  };
  const fn = { prepare, get: () => (row: unknown) => calls.push(row) };
  return { fn, here: () => here() };
}
const ready = (call: (row: unknown) => unknown) => ({ prepare: () => undefined, get: () => call as never });

test.each([1, 4])('what waits for imports has begun and is seen, concurrency %d', async (concurrency) => {
  const { give, shown, progress } = thread();
  const calls: unknown[] = [];
  const { fn, here } = importing(calls);
  give(fn, 3, concurrency);
  expect(shown(4)).toEqual(['1/0']);
  expect(progress.running(4)[0]).toMatchObject({ isImporting: true });
  here();
  await new Promise(setImmediate);
  expect(calls).toEqual([0, 1, 2]);
  expect(shown(4)).toEqual([]);
  const seen: unknown[] = [];
  give(
    ready(() => seen.push(...progress.running(4))),
    1,
    concurrency,
  );
  expect(seen).toEqual([{ order: 2, index: 0, ms: expect.any(Number) }]);
  expect(progress.withdraw()).toBe(4);
});

test.each([1, 4])(
  'of an order withdrawn meanwhile only that task goes on, concurrency %d',
  async (concurrency) => {
    const { give, shown, progress, runner } = thread();
    const calls: unknown[] = [];
    const { fn, here } = importing(calls);
    give(fn, 3, concurrency);
    expect(progress.withdraw()).toBe(1);
    runner.clear(progress.withdrawals);
    give(
      ready((row) => calls.push(`next ${row}`)),
      2,
      concurrency,
    );
    expect(shown(4)).toEqual(['1/0']);
    expect(calls).toEqual([]);
    here();
    await new Promise(setImmediate);
    expect(calls).toEqual([0, 'next 0', 'next 1']);
    expect(progress.withdraw()).toBe(3);
  },
);

test.each([1, 4])('nor when nobody has said yet that it was, concurrency %d', async (concurrency) => {
  const { give, progress, runner } = thread();
  const calls: unknown[] = [];
  const { fn, here } = importing(calls);
  give(fn, 3, concurrency);
  expect(progress.withdraw()).toBe(1);
  here();
  await new Promise(setImmediate);
  expect(calls).toEqual([0]);
  runner.clear(progress.withdrawals);
  give(
    ready((row) => calls.push(`next ${row}`)),
    1,
    concurrency,
  );
  expect(calls).toEqual([0, 'next 0']);
});

test('a function that cannot be made fails its tasks, each begun once, and leaves nothing shown', () => {
  const { give, shown, progress, report } = thread();
  const broken = () => {
    throw new Error('no such module');
  };
  give({ prepare: () => undefined, get: broken }, 3);
  expect(report.take().errors.filter((_, i) => i % 4 === 1)).toEqual([0, 1, 2]);
  expect(shown()).toEqual([]);
  expect(progress.withdraw()).toBe(3);
});

/** Time passes only as the tasks say. */
function clock(): (ms: number) => void {
  let now = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return (ms) => {
    now += ms;
  };
}
afterEach(() => {
  vi.restoreAllMocks();
});

test('a task that comes after many short ones is never seen older than it is', () => {
  const { give, progress } = thread();
  const pass = clock();
  const ages: [seen: number, most: number][] = [];
  const look = (most: number) => ages.push([progress.running(1)[0]!.ms, most]);
  const task = (row: unknown) => {
    if ((row as number) < 1_000) return pass(0.001);
    look(0);
    pass(20);
    look(20);
    pass(20);
  };
  give(ready(task), 1_100);
  for (const [seen, most] of ages) expect(seen).toBeCloseTo(most, 6);
  expect(ages).toHaveLength(200);
});

test.each([
  [1, 10, 1],
  [1, 1, 10],
  [4, 10, 1],
  [4, 1, 10],
])(
  'long tasks are told of while others follow, concurrency %d, %d in each of %d orders',
  (concurrency, count, times) => {
    let done = 0;
    const told: number[] = [];
    const { give } = thread(() => told.push(done));
    const pass = clock();
    const task = () => {
      pass(40);
      return done++;
    };
    give(ready(task), count, concurrency, times);
    expect(told.filter((tasks) => tasks > 0 && tasks < 10)).not.toEqual([]);
  },
);
