import { expect, test } from 'vitest';
import { inGrowingBatches } from './batches.ts';

async function attempted(count: number, refusedFrom = Number.POSITIVE_INFINITY) {
  const sizes: number[] = [];
  let size = 0;
  let done = 0;
  await inGrowingBatches(
    Array.from({ length: count }, (_, n) => n),
    async (n) => {
      size++;
      await Promise.resolve();
      if (size > 0) sizes.push(size);
      size = 0;
      done++;
      return n < refusedFrom;
    },
  );
  return { sizes, done };
}

test('twice as many each time, thirty-two at most', async () => {
  expect(await attempted(100)).toEqual({ sizes: [1, 2, 4, 8, 16, 32, 32, 5], done: 100 });
  expect(await attempted(0)).toEqual({ sizes: [], done: 0 });
});

test('what is refused ends it after the batch', async () => {
  expect(await attempted(1_000, 0)).toEqual({ sizes: [1], done: 1 });
  expect(await attempted(1_000, 3)).toEqual({ sizes: [1, 2, 4], done: 7 });
});
