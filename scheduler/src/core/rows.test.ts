import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';
import { Batches, BatchRanges, Runs } from './rows.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

test('what was written row by row is taken column by column, and is there no more', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(u32, u32, u32), { maxLength: 50 }), (given) => {
      const rows = new BatchRanges();
      for (let twice = 0; twice < 2; twice++) {
        for (const [batch, first, count] of given) rows.add(batch, first, count);
        expect(rows.length).toBe(given.length);
        const [batch, first, count] = rows.take();
        expect(given).toEqual(Array.from(batch!, (each, i) => [each, first![i], count![i]]));
        expect(rows.length).toBe(0);
      }
    }),
  );
});

test('what has but one column loses nothing where it grows', () => {
  const batches = new Batches();
  const given = Array.from({ length: 50 }, (_, i) => i + 1);
  for (const batch of given) batches.add(batch);
  expect([...batches.take()[0]!]).toEqual(given);
});

test('runs end where the inputs of all of them end', () => {
  const runs = new Runs();
  runs.add(1, 2, 3, 4, 5, 0);
  runs.add(1, 5, 3, 6, 0, 7);
  const [, , , , attempt, inputStart] = runs.take(9);
  expect([...inputStart!]).toEqual([0, 7, 9]);
  expect([...attempt!]).toEqual([5, 0]);
});

test('numbers come in the order in which they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 200 }), (moves) => {
      const fifo = new Fifo();
      const model: number[] = [];
      for (const move of moves) {
        if (move === undefined) expect(fifo.shift()).toBe(model.shift());
        else {
          fifo.push(move);
          model.push(move);
        }
        expect(fifo.length).toBe(model.length);
      }
    }),
  );
});
