import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue, joinParts } from './index.ts';
import { Codec } from './port.ts';
import { canonical, codecOf, roundTrip } from './testing.contract.ts';

const anyData = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

/** Containers that refer to each other at random: shared, and in cycles. */
const anyGraph = fc
  .tuple(
    fc.array(fc.constantFrom('array', 'record', 'map', 'set'), { minLength: 1, maxLength: 8 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.oneof(fc.nat(9), fc.string({ maxLength: 3 }))), {
      maxLength: 24,
    }),
  )
  .map(([kinds, links]) => {
    const nodes = kinds.map(containerOf);
    for (const [from, to, name] of links) link(nodes[from % nodes.length]!, nodes[to % nodes.length]!, name);
    return nodes[0];
  });

function containerOf(kind: string): object {
  if (kind === 'array') return [];
  if (kind === 'map') return new Map();
  return kind === 'set' ? new Set() : {};
}

function link(from: object, to: object, name: number | string): void {
  if (Array.isArray(from)) from.push(name, to);
  else if (from instanceof Map) from.set(name, to);
  else if (from instanceof Set) from.add(to);
  else if (name !== '__proto__') Reflect.set(from, String(name), to);
}

describe('a value that was encoded and decoded', () => {
  it('is the same, whatever it is made of', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        deepStrictEqual(roundTrip(value), value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps which parts of it are one object', () => {
    fc.assert(
      fc.property(anyGraph, (value) => {
        expect(canonical(roundTrip(value))).toEqual(canonical(value));
      }),
      { numRuns: 500 },
    );
  });

  it('may be encoded while another is', () => {
    const inner = { twice: [1, 2] };
    const value = {
      before: 'x',
      get bytes(): number {
        return joinParts(encodeValue(inner)).byteLength;
      },
      after: ['y'],
    };
    deepStrictEqual(roundTrip(value), {
      before: 'x',
      bytes: joinParts(encodeValue(inner)).byteLength,
      after: ['y'],
    });
  });

  it('is not changed by the next one', () => {
    const first = joinParts(encodeValue(['first', 1]));
    const copy = first.slice();
    encodeValue(['second', 2, 'x'.repeat(1_000_000)]);
    encodeValue(['third', 3]);
    expect(first).toEqual(copy);
  });

  it('keeps an own property named __proto__ and nobody gets a prototype from it', () => {
    const value: unknown = JSON.parse('{"a":{"__proto__":{"polluted":true}}}');
    const decoded = roundTrip(value) as { a: object };
    expect(Object.getOwnPropertyDescriptor(decoded.a, '__proto__')?.value).toEqual({ polluted: true });
    expect(Object.getPrototypeOf(decoded.a)).toBe(Object.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('the codec of a value', () => {
  const nested: unknown[] = [];
  const msgpack: [string, unknown][] = [
    ['null', null],
    ['undefined', undefined],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['a large whole number', 2 ** 40],
    ['the largest safe number', Number.MIN_SAFE_INTEGER],
    ['a number beyond the safe ones', 2 ** 64],
    ['a bigint beyond the safe numbers', 2n ** 63n],
    ['the smallest int64', -(2n ** 63n)],
    ['text of any length', ['é'.repeat(31), '𝄞'.repeat(90), 'x'.repeat(70_000), '€'.repeat(30_000)]],
    ['a date', new Date(-1)],
    ['a date far away', new Date(-8.64e15)],
    [
      'a map',
      new Map<unknown, unknown>([
        [{ a: 1 }, new Set([1, 'two', new Map()])],
        [-0, undefined],
      ]),
    ],
    ['a large set', new Set(Array.from({ length: 70_000 }, (_, index) => `m${index}`))],
    ['many keys', Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`k${index}`, index]))],
    ['a typed array', { x: new Float64Array(100).fill(1) }],
    ['small binaries', [Buffer.from('hi'), new Uint8Array(3), new Int16Array(2), new ArrayBuffer(5)]],
  ];
  it.each(msgpack)('is msgpack for %s', (_, value) => {
    expect(codecOf(value)).toBe(Codec.msgpack);
    deepStrictEqual(roundTrip(value), value);
  });

  const v8: [string, unknown][] = [
    ['a lone surrogate', ['\ud800']],
    ['a key with a lone surrogate', { '\udc00': 1 }],
    ['a long text with a lone surrogate', `${'x'.repeat(100)}\ud800`],
    ['a small bigint', 5n],
    ['a large bigint', 2n ** 64n],
    ['a hole', Object.assign(new Array(3), { 0: 1, 2: 3 })],
    ['a map beside what only v8 keeps', [/x/, new Map([[{ a: 1 }, new Set([1])]])]],
    [
      'a map in which something is twice',
      new Map([
        [1, nested],
        [2, nested],
      ]),
    ],
    ['one object twice', [nested, nested]],
    ['the result of a match', 'abc'.match(/b/)],
    ['a regular expression', /a\/b/giu],
    ['an error with a cause', new TypeError('x', { cause: new Map([[1, new RangeError('y')]]) })],
    ['a boxed string', Object('boxed')],
  ];
  it.each(v8)('is v8 for %s', (_, value) => {
    expect(codecOf(value)).toBe(Codec.v8);
    deepStrictEqual(roundTrip(value), value);
  });

  it('is v8 for an invalid date', () => {
    const invalid = new Date(Number.NaN);
    expect(codecOf(invalid)).toBe(Codec.v8);
    // Two of them are not equal for the assert of Node 22.
    expect(roundTrip(invalid)).toEqual(invalid);
  });

  it('reads raw bytes', () => {
    const value = decodeValue(Uint8Array.of(Codec.raw, 1, 2, 3));
    expect(value).toEqual(Uint8Array.of(1, 2, 3));
  });
});
