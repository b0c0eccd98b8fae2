import { deepStrictEqual } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { encodeValue, MAX_LISTED_FUTURES, TravelError, ValueError } from './index.ts';
import { future, futures, listener, resolver, roundTrip } from './testing.contract.ts';

const places: [string, unknown, unknown][] = [
  ['the value itself', future(1), 'value of 1'],
  ['an array', [0, [future(1)]], [0, ['value of 1']]],
  ['an object', { a: { b: future(1) } }, { a: { b: 'value of 1' } }],
  ['a map', new Map([['a', [future(1)]]]), new Map([['a', ['value of 1']]])],
  ['the keys of a map', new Map([[future(1), 'a']]), new Map([['value of 1', 'a']])],
  ['a set', new Set([0, future(1), 2]), new Set([0, 'value of 1', 2])],
  ['a list of futures', { all: futures(4, 3) }, { all: ['value of 4', 'value of 5', 'value of 6'] }],
  ['a list of futures in a map', new Map([[1, futures(4, 2)]]), new Map([[1, ['value of 4', 'value of 5']]])],
  ['no futures', futures(4, 0), []],
  ['beside what only v8 keeps', [/x/, future(1)], [/x/, 'value of 1']],
  [
    'in maps beside that',
    [/x/, new Map([[future(1), new Set([future(2)])]])],
    [/x/, new Map([['value of 1', new Set(['value of 2'])]])],
  ],
  ['under a key named __proto__', withProto(future(1)), withProto('value of 1')],
];

function withProto(value: unknown): object {
  const holder = { pattern: /x/ };
  return Object.defineProperty(holder, '__proto__', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

describe('a future in a value', () => {
  it.each(places)('is resolved in %s', (_, value, expected) => {
    const { context } = resolver();
    deepStrictEqual(roundTrip(value, context, listener().hooks), expected);
  });

  it('stands in cycles and beside shared parts', () => {
    const part = { it: future(1) };
    const value: { parts: object[]; self?: object } = { parts: [part, part] };
    value.self = value;
    const decoded = roundTrip(value, resolver().context, listener().hooks) as typeof value;
    expect(decoded.self).toBe(decoded);
    expect(decoded.parts[0]).toBe(decoded.parts[1]);
    expect(decoded.parts[0]).toEqual({ it: 'value of 1' });
  });

  it('leaves the value that it stands in as it was', () => {
    const one = future(1);
    const value = new Map([['a', [one]]]);
    encodeValue(value, listener().hooks);
    expect(value).toEqual(new Map([['a', [one]]]));
  });

  it('is told to the hooks, once for each place', () => {
    const { hooks, heard } = listener();
    const twice = future(1);
    encodeValue([twice, { twice }, futures(4, 2)], hooks);
    encodeValue(new Map([[1, future(7)]]), hooks);
    expect(heard).toEqual(['row 0: 1', 'row 0: 1', 'row 0: 4 + 2', 'row 0: 7']);
  });

  it('is refused where nobody listens', () => {
    expect(() => encodeValue([future(1)], undefined, 'score')).toThrow(TravelError);
    expect(() => encodeValue(new Map([[1, future(1)]]))).toThrow(TravelError);
  });

  it('fails as its task did, not as a damaged value', () => {
    const failure = new RangeError('the task failed');
    const context = {
      resolve: () => {
        throw failure;
      },
    };
    expect(() => roundTrip([future(1)], context, listener().hooks)).toThrow(failure);
    expect(() => roundTrip(new Set([future(1)]), context, listener().hooks)).toThrow(failure);
  });

  it('cannot be decoded where no task is known, nor in longer lists than the limit', () => {
    expect(() => roundTrip(future(1), {}, listener().hooks)).toThrow(ValueError);
    expect(() => roundTrip(futures(1, MAX_LISTED_FUTURES + 1), resolver().context, listener().hooks)).toThrow(
      /MAX_LISTED_FUTURES/,
    );
  });

  it('may be resolved by decoding another value', () => {
    const context = { resolve: (task: number) => roundTrip({ task }) };
    expect(roundTrip([1, future(2), 'x', future(3)], context, listener().hooks)).toEqual([
      1,
      { task: 2 },
      'x',
      { task: 3 },
    ]);
  });
});
