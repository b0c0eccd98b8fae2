/** Tasks that write to the same object and return it: each result is what it was when its task ended. */
import { expect, test } from 'vitest';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();
const COUNT = 200;
const numbers = Array.from({ length: COUNT }, (_, i) => i);

test.each([1, 4])('results are taken as their tasks leave them, concurrency %d', async (concurrency) => {
  const scheduler = await workerWith();
  const column = new Float64Array(2);
  const record = { best: 0, seen: [0] };
  const seen = new Map<string, number>();
  const makers = {
    column: (i: number) => {
      column[0] = i;
      column[1] = 10 * i;
      return column;
    },
    record: (i: number) => {
      record.best = i;
      record.seen[0] = i;
      return i % 3 === 0 ? i : record;
    },
    later: async (i: number) => {
      await Promise.resolve();
      return seen.set('last', i);
    },
  };
  const expected = {
    column: (i: number) => Float64Array.of(i, 10 * i),
    record: (i: number) => (i % 3 === 0 ? i : { best: i, seen: [i] }),
    later: (i: number) => new Map([['last', i]]),
  };
  // Async tasks that share the thread run between the end of one and its promise: what they share is theirs to guard.
  const names =
    concurrency === 1 ? (['column', 'record', 'later'] as const) : (['column', 'record'] as const);
  for (const name of names) {
    const batch = scheduler.run(makers[name], { count: COUNT, concurrency, args: [numbers] });
    for (const i of numbers) expect(await scheduler.result(batch, i)).toEqual(expected[name](i));
  }
});
