import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Piece } from './state.ts';
import { type Waiter, Waiters } from './waiters.ts';

type Waiting = Pick<Piece, 'phase'>;
const waiterOf = (first: number, end: number): Waiter => {
  const piece: Waiting = { phase: 'waiting' };
  return { piece: piece as Piece, first, end };
};
const leave = ({ piece }: Waiter) => {
  (piece as Waiting).phase = 'gone';
};

const range = fc.tuple(
  fc.nat(300),
  fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 200 })),
);
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), range }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), range }) },
);

test('those that wait for any of a range are found, and nobody else', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), (acts) => {
      const waiters = new Waiters();
      const all: Waiter[] = [];
      for (const each of acts) {
        if (each.do === 'add') {
          const waiter = waiterOf(each.range[0], each.range[0] + each.range[1]);
          all.push(waiter);
          waiters.add(waiter);
        } else if (each.do === 'leave') {
          const waiter = all[each.which % Math.max(1, all.length)];
          if (waiter) leave(waiter);
        } else {
          const [first, count] = each.range;
          const due = all.filter(
            ({ piece, first: from, end }) => piece.phase === 'waiting' && from < first + count && end > first,
          );
          expect(new Set(waiters.over(first, first + count))).toEqual(new Set(due));
        }
      }
      expect(waiters.nobodyWaits).toBe(all.every(({ piece }) => piece.phase !== 'waiting'));
    }),
  );
});

test('what waits no more is let go of, whether anybody looks there again or not', () => {
  const waiters = new Waiters();
  const staying = waiterOf(0, 1);
  waiters.add(staying);
  for (let index = 1; index < 10_000; index++) {
    const waiter = waiterOf(index, index + 1);
    waiters.add(waiter);
    leave(waiter);
  }
  expect(waiters.size).toBeLessThan(200);
  expect(waiters.over(0, 10_000)).toEqual([staying]);
});
