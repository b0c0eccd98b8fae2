import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ranges } from './ranges.ts';

const change = fc.record({
  first: fc.nat(30),
  length: fc.integer({ min: 1, max: 12 }),
  value: fc.option(fc.nat(5), { nil: undefined }),
});

test('ranges say of every index what a plain array says', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 120 }),
      fc.nat(30),
      fc.integer({ min: 1, max: 20 }),
      (changes, from, length) => {
        const ranges = new Ranges<number>();
        const plain: (number | undefined)[] = new Array(60).fill(undefined);
        for (const { first, length, value } of changes) {
          if (value === undefined) ranges.delete(first, first + length);
          else ranges.set(first, first + length, value);
          plain.fill(value, first, first + length);
        }
        expect(plain.map((_, index) => ranges.at(index))).toEqual(plain);
        expect(ranges.isEmpty).toBe(plain.every((value) => value === undefined));
        const seen = ranges.over(from, from + length);
        expect(seen.flatMap(({ first, end, value }) => new Array(end - first).fill(value))).toEqual(
          plain.slice(from, from + length).concat(new Array(Math.max(0, from + length - 60)).fill(undefined)),
        );
        expect(seen[0]?.first).toBe(from);
        ranges.segments.forEach((segment, at) => {
          expect(segment.end).toBeGreaterThan(segment.first);
          if (at > 0) expect(segment.first).toBeGreaterThanOrEqual(ranges.segments[at - 1]!.end);
        });
      },
    ),
  );
});

test('what goes one by one is gone, and only that', () => {
  const ranges = new Ranges<number>();
  for (let index = 0; index < 1_000; index++) ranges.set(index, index + 1, index);
  for (let index = 0; index < 1_000; index += 3) ranges.delete(index, index + 1);
  expect([ranges.at(3), ranges.at(4), ranges.at(5)]).toEqual([undefined, 4, 5]);
  for (let index = 0; index < 1_000; index++) ranges.delete(index, index + 1);
  expect(ranges.isEmpty).toBe(true);
  expect(ranges.over(0, 1_000)).toEqual([{ first: 0, end: 1_000, value: undefined }]);
  ranges.set(500, 501, 7);
  expect(ranges.segments).toEqual([{ first: 500, end: 501, value: 7 }]);
});
