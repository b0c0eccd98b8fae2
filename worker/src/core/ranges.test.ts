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
      fc.array(change, { maxLength: 40 }),
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
