import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreFromThread, restoreToThread, shortenFromThread, shortenToThread } from './short.ts';
import type { FromThread, ToThread } from './wire.ts';

const number = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 600 });
const numbers = fc.array(number, { maxLength: 300 });
const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(value, { maxLength: 2 }) },
  );

const toThread: fc.Arbitrary<ToThread> = fc
  .record({
    resume: fc.option(fc.nat(127), { nil: undefined }),
    taken: number,
    sources: rarely(fc.tuple(fc.string(), bytes)),
    functions: rarely(fc.tuple(number, fc.string(), bytes)),
    forget: fc.array(number, { maxLength: 5 }),
    forgetSources: rarely(fc.string()),
    forgetFunctions: rarely(number),
    held: fc.array(fc.tuple(number, bytes), { maxLength: 3 }),
    orders: numbers,
  })
  .map(({ held, ...message }) => ({
    ...message,
    blockIds: held.map(([id]) => id),
    blocks: held.map(([, block]) => block),
  }));

const fromThread: fc.Arbitrary<FromThread> = fc.record({
  report: number,
  blocks: numbers,
  pack: fc.uint8Array({ maxLength: 2_000 }),
  large: rarely(bytes),
  errors: rarely(number),
  errorBytes: rarely(bytes),
  missing: rarely(number),
  wrote: rarely(fc.tuple(number, number, fc.constant(1), fc.string())),
});

const cloned = <T>(posted: T): T => structuredClone(posted);

test('a message to a thread arrives as it was, short or long', () => {
  fc.assert(
    fc.property(toThread, (message) => {
      expect(restoreToThread(cloned(shortenToThread(message)))).toEqual(message);
    }),
  );
});

test('a message of a thread arrives as it was, short or long', () => {
  fc.assert(
    fc.property(fromThread, (message) => {
      expect(restoreFromThread(cloned(shortenFromThread(message)))).toEqual(message);
    }),
  );
});

test('what most messages say is short', () => {
  const code = { sources: [], functions: [], forgetSources: [], forgetFunctions: [] };
  const head = { resume: undefined, taken: 1, ...code, forget: [7] };
  const order = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const given = shortenToThread({ ...head, blockIds: [8], blocks: [Uint8Array.of(0, 255)], orders: order });
  expect(given).toHaveLength(8 * (4 + 1 + 2 + order.length) + 2);
  expect((given as string).slice(-2)).toBe('\u0000\u00ff');
  const rest = { large: [], errors: [], errorBytes: [], missing: [], wrote: [] };
  const told = shortenFromThread({ report: 2, blocks: order, pack: Uint8Array.of(9), ...rest });
  expect(told).toHaveLength(8 * (2 + order.length) + 1);
});
