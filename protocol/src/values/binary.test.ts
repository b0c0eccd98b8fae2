import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue, INLINE_BYTES, joinParts, partsLength, TravelError } from './index.ts';
import { roundTrip } from './testing.contract.ts';

const shared = new ArrayBuffer(8192);
new Uint8Array(shared).forEach((_, index, bytes) => {
  bytes[index] = index;
});

/** Views of one memory, anywhere and of any kind, so that some overlap. */
const anyView = fc
  .tuple(
    fc.constantFrom(
      Int8Array,
      Uint8Array,
      Uint16Array,
      Int32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
    ),
    fc.nat(400),
    fc.nat(120),
  )
  .map(([View, start, length]) => new View(shared, start * View.BYTES_PER_ELEMENT, length));

function aligned(
  bytes: Uint8Array,
  memory: ArrayBufferLike = new ArrayBuffer(bytes.byteLength + 16),
  at = 8,
): Uint8Array {
  const copy = new Uint8Array(memory, at, bytes.byteLength);
  copy.set(bytes);
  return copy;
}

describe('binaries in a value', () => {
  const each: [string, unknown][] = [
    ['a typed array', new Float64Array(1000).fill(0.5)],
    ['a Buffer', Buffer.alloc(1000, 7)],
    ['a small Buffer', Buffer.from('hi')],
    ['a DataView', new DataView(shared, 3, 700)],
    ['an ArrayBuffer', shared.slice(0, 1000)],
    ['clamped bytes', new Uint8ClampedArray([1, 255])],
    ['bigints', new BigUint64Array(200).fill(2n ** 63n)],
    ['nothing', new Float32Array(0)],
    [
      'binaries and a map',
      new Map<string, unknown>([
        ['x', new Int16Array(999)],
        ['y', Buffer.from('y')],
      ]),
    ],
    [
      'an ArrayBuffer and views of it',
      [shared, new Float64Array(shared, 64, 8), new Set([new Uint8Array(shared, 1, 1)])],
    ],
  ];
  it.each(each)('come back the same: %s', (_, value) => {
    deepStrictEqual(roundTrip(value), value);
  });

  it('come back the same however they overlap', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 8 }), fc.boolean(), (views, alsoMap) => {
        const value = alsoMap ? new Map(views.entries()) : views;
        deepStrictEqual(roundTrip(value), value);
      }),
      { numRuns: 500 },
    );
  });

  it('go on sharing memory where they overlap', () => {
    const [bytes, numbers, whole] = roundTrip([
      new Uint8Array(shared, 3, 8),
      new Float64Array(shared, 8, 100),
      shared,
    ]) as [Uint8Array, Float64Array, ArrayBuffer];
    bytes[5] = 99;
    expect(new Uint8Array(numbers.buffer, numbers.byteOffset)[0]).toBe(99);
    expect(numbers.buffer).toBe(whole);
  });

  it('are sent as views of their memory when large, and copied when small', () => {
    const large = new Uint8Array(INLINE_BYTES + 1);
    const parts = encodeValue({ large, small: new Uint16Array(4) });
    expect(parts.filter((part) => part.buffer === large.buffer)).toHaveLength(1);
    expect(encodeValue(new Uint8Array(INLINE_BYTES))).toHaveLength(1);
  });

  it('do not bring the pool of their Buffer along', () => {
    const pooled = Buffer.from('x'.repeat(600));
    expect(pooled.buffer.byteLength).toBeGreaterThan(1000);
    expect(partsLength(encodeValue(pooled))).toBeLessThan(700);
    expect(partsLength(encodeValue(new Map([[1, pooled]])))).toBeLessThan(700);
  });

  it('are decoded as views of aligned bytes', () => {
    const bytes = aligned(joinParts(encodeValue({ x: new Float64Array(10_000).fill(3) })));
    const { x } = decodeValue(bytes) as { x: Float64Array };
    expect(x.buffer).toBe(bytes.buffer);
    expect(x).toEqual(new Float64Array(10_000).fill(3));
  });

  it('are decoded as views of shared memory', () => {
    const sent = joinParts(encodeValue([new Float64Array(10_000).fill(3), 'text €', new Map([[1, 2]])]));
    const bytes = aligned(sent, new SharedArrayBuffer(sent.byteLength + 8));
    const [numbers] = decodeValue(bytes) as [Float64Array];
    expect(numbers.buffer).toBe(bytes.buffer);
    expect(roundTrip(numbers)).toEqual(numbers);
  });

  it('are copied from bytes that begin in between', () => {
    const value = { x: new Float64Array(1000).fill(3), y: new Uint8Array(600) };
    const sent = joinParts(encodeValue(value));
    deepStrictEqual(decodeValue(aligned(sent, new ArrayBuffer(sent.byteLength + 3), 3)), value);
  });

  it.each([
    ['of a few bytes', (small: Uint8Array) => [small]],
    ['beside what the v8 codec is for', (small: Uint8Array) => [small, small]],
  ])('are kept apart from the bytes: %s', (_, around) => {
    const [small] = decodeValue(aligned(joinParts(encodeValue(around(new Uint8Array(8)))))) as [Uint8Array];
    expect(small.buffer.byteLength).toBe(8);
  });

  it('that were all of their memory are so again unless they are large, so that their `buffer` can be read', () => {
    const numbers = new Float64Array(1000).fill(0.5);
    const value = { numbers, bytes: new Uint8Array(numbers.buffer) };
    const { numbers: again, bytes } = decodeValue(aligned(joinParts(encodeValue(value)))) as typeof value;
    expect(new Float64Array(again.buffer)).toEqual(numbers);
    expect(bytes.buffer).toBe(again.buffer);
  });

  it('are refused when their bytes went to another thread', () => {
    const gone = new Float64Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(() => encodeValue({ gone }, undefined, 'score')).toThrow(
      new TravelError(['score', 'gone'], 'its bytes were transferred to another thread'),
    );
  });
});
