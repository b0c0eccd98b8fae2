import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Gathered } from './gathered.ts';
import type { TaskOrder } from './task-order.ts';

const order = {} as TaskOrder;
const indices = fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 30 });

test('in whatever order tasks end, their results come as stretches of consecutive tasks', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        indices,
        indices.map((all) => all.toSorted((a, b) => a - b)),
      ),
      (ended) => {
        const gathered = new Gathered(order);
        for (const index of ended) gathered.add(index, `result ${index}`);
        const stretches = gathered.stretches();
        const told = stretches.flatMap(({ first, values }) =>
          values.map((value, row) => [first + row, value]),
        );
        const expected = ended.toSorted((a, b) => a - b).map((index) => [index, `result ${index}`]);
        expect(told).toEqual(expected);
        for (let i = 1; i < stretches.length; i++) {
          const before = stretches[i - 1]!;
          expect(stretches[i]!.first).toBeGreaterThan(before.first + before.values.length);
        }
        for (let index = 0; index <= 40; index++) {
          expect(gathered.has(index)).toBe(ended.includes(index));
          if (ended.includes(index)) expect(gathered.at(index)).toBe(`result ${index}`);
        }
      },
    ),
  );
});
