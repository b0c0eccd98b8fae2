import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue, joinParts } from './index.ts';
import { Codec } from './port.ts';

/** Another implementation of msgpack, as a stand-in for that of another language. */
const other = new Packr({ useRecords: false, int64AsType: 'number' });

const portable = fc.anything({
  values: [fc.boolean(), fc.integer(), fc.double(), fc.string({ unit: 'grapheme' }), fc.constant(null)],
});

/** The other implementation renames this key. */
function hasNoProto(value: unknown): boolean {
  return !JSON.stringify(value).includes('"__proto__":');
}

function hex(value: unknown): string {
  return Buffer.from(joinParts(encodeValue(value))).toString('hex');
}

describe('plain data as msgpack', () => {
  it('is read by another implementation', () => {
    fc.assert(
      fc.property(portable.filter(hasNoProto), (value) => {
        const bytes = joinParts(encodeValue(value));
        fc.pre(bytes[0] === Codec.msgpack);
        expect(other.unpack(bytes.subarray(1))).toStrictEqual(value);
      }),
    );
  });

  it('is read from another implementation as that one reads it', () => {
    fc.assert(
      fc.property(portable.filter(hasNoProto), (value) => {
        const packed = other.pack(value);
        // Not as the value: the other one writes -0 as 0.
        expect(decodeValue(Uint8Array.of(Codec.msgpack, ...packed))).toEqual(other.unpack(packed));
      }),
    );
  });

  it('is the same bytes for ever', () => {
    expect(hex({ a: [1, -1, 200, 70_000, -0, 1.5, 2 ** 40], b: 'é', c: null, d: true })).toBe(
      '0184a1619701ffccc8ce00011170cb8000000000000000cb3ff8000000000000cf0000010000000000a162a2c3a9a163c0a164c3',
    );
    expect(hex(undefined)).toBe('01d40000');
    expect(hex(new Date(1_500))).toBe('01c70cff1dcd65000000000000000001');
    expect(hex(Uint8Array.of(1, 2))).toBe('01c4020102');
    expect(hex(Int16Array.of(1))).toBe('01c70304030100');
    expect(hex(new Map([['a', 1]]))).toBe('01c9000000070500000001a16101');
    expect(hex(new Set([1, 2]))).toBe('01c90000000606000000020102');
  });

  it('may have what other languages write and this one does not', () => {
    const read = (...bytes: number[]): unknown => decodeValue(Uint8Array.of(Codec.msgpack, ...bytes));
    expect(read(0xca, 0x3f, 0x80, 0, 0)).toBe(1);
    expect(read(0xd6, 0xff, 0, 0, 0, 2)).toEqual(new Date(2_000));
    expect(read(0xd7, 0xff, 0x77, 0x35, 0x94, 0, 0, 0, 0, 1)).toEqual(new Date(1_500));
    expect(read(0x82, 1, 2, 0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3)).toEqual({
      1: 2,
      '18446744073709551615': 3,
    });
    expect(read(0xc6, 0, 0, 0, 1, 9)).toEqual(Uint8Array.of(9));
    expect(read(0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe)).toBe(-2);
  });
});
