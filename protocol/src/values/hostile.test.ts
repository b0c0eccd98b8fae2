import { serialize } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBlock,
  decodeColumns,
  decodeError,
  decodeValue,
  encodeBlock,
  encodeColumns,
  encodeError,
  encodeValue,
  joinParts,
  MAX_DEPTH,
  TravelError,
  ValueError,
} from './index.ts';
import { Codec } from './port.ts';
import { future, listener } from './testing.contract.ts';

const context = { resolve: (task: number) => task };

/** Decodes, and lets nothing out but the errors that callers know. */
function decodeHostile(bytes: Uint8Array): void {
  try {
    decodeValue(bytes, context);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
  }
}

function msgpack(...bytes: number[]): Uint8Array {
  return Uint8Array.of(Codec.msgpack, ...bytes);
}

const samples: Uint8Array[] = [
  { id: 1, name: 'é', list: [1.5, -3, 2n ** 63n, undefined], when: new Date(7), bin: Buffer.from('x') },
  { x: new Float64Array(90), y: new Uint8Array(600), z: [future(1)] },
  new Map<unknown, unknown>([['a', new Set([new Float64Array(90), new ArrayBuffer(9), future(1)])]]),
  [/x/, new Map<unknown, unknown>([['a', new Set([new Float64Array(90), new ArrayBuffer(9), future(1)])]])],
].map((value) => joinParts(encodeValue(value, listener().hooks)));

describe('bytes that nobody vouches for', () => {
  it('are a value or a ValueError when random', () => {
    const codec = fc.constantFrom(1, 2, 4, 0x81, 0x82, 0x84);
    fc.assert(
      fc.property(codec, fc.uint8Array({ maxLength: 200 }), (first, rest) => {
        decodeHostile(Uint8Array.of(first, ...rest));
      }),
      { numRuns: 5_000 },
    );
  });

  it('are a value or a ValueError when a byte of a value is damaged', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.nat(255), (sample, at, byte) => {
        const bytes = sample.slice();
        bytes[at % bytes.byteLength] = byte;
        decodeHostile(bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are refused when a value is cut anywhere', () => {
    for (const sample of samples) {
      for (let length = 0; length < sample.byteLength; length += 1) {
        expect(() => decodeValue(sample.subarray(0, length), context)).toThrow(ValueError);
      }
    }
  });

  it('are refused in columns and failures too', () => {
    const columns = joinParts(
      encodeColumns([[1, new Map()], [future(1), 2], { same: 'x' }], 2, listener().hooks),
    );
    const failure = encodeError(new Error('x', { cause: new TypeError('y') }), {
      task: 't',
      worker: 'w',
      attempt: 1,
    });
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), fc.nat(3), (at, byte, row) => {
        for (const [sample, read] of [
          [columns, (bytes: Uint8Array) => decodeColumns(bytes, context)(row)],
          [failure, decodeError],
        ] as const) {
          const bytes = sample.slice();
          bytes[at % bytes.byteLength] = byte;
          try {
            read(bytes);
          } catch (error) {
            if (!(error instanceof ValueError)) throw error;
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  const refused: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /empty/],
    ['an unknown codec', Uint8Array.of(9, 1), /unknown codec 9/],
    ['four thousand million elements', msgpack(0xdd, 0xff, 0xff, 0xff, 0xff), /more elements than/],
    ['four thousand million entries', msgpack(0xdf, 0xff, 0xff, 0xff, 0xff), /more elements than/],
    [
      'a map of more than there is',
      msgpack(0xc9, 0, 0, 0, 4, 5, 0xff, 0xff, 0xff, 0xff),
      /more elements than/,
    ],
    ['a map that says that it is longer', msgpack(0xc9, 0, 0, 0, 7, 5, 0, 0, 0, 1, 1, 2, 3), /ends at byte/],
    ['a set without a count', msgpack(0xc7, 1, 6, 0), /unknown msgpack extension 6/],
    ['text longer than the bytes', msgpack(0xdb, 0xff, 0xff, 0xff, 0xff, 0x41), /cut or damaged/],
    ['more bytes than the value', msgpack(1, 2), /ends at byte 2 of 3/],
    ['an unknown extension', msgpack(0xd4, 0x40, 0), /unknown msgpack extension 64/],
    [
      'a record of msgpackr, which would compile code',
      msgpack(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1),
      /extension 114/,
    ],
    ['a token that means nothing', msgpack(0xc1, 0, 0), /unknown msgpack token/],
    ['a key that is a map', msgpack(0x81, 0x80, 1), /neither a string nor a number/],
    [
      'four thousand million futures',
      msgpack(0xd7, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff),
      /MAX_LISTED_FUTURES/,
    ],
    [
      'a typed array without its buffer',
      msgpack(0xc7, 13, 3, ...new Array<number>(13).fill(0)),
      /the value has none/,
    ],
    ['deep nesting', msgpack(...new Array<number>(5_000).fill(0x91), 1), /MAX_DEPTH/],
    [
      'a value of another serializer',
      Uint8Array.of(Codec.v8, ...serialize(1).subarray(1)),
      /v8 codec cannot read/,
    ],
  ];
  it.each(refused)('are refused with the reason: %s', (_, bytes, reason) => {
    expect(() => decodeValue(bytes, context)).toThrow(reason);
    expect(() => decodeValue(bytes, context)).toThrow(ValueError);
  });

  it('cannot overflow the stack through the v8 codec', () => {
    const nested = Array.from({ length: 1_000_000 }, () => [0x41, 1]).flat();
    const bytes = new Uint8Array(4 + nested.length);
    bytes.set([Codec.v8, 0xff, 0x0f, 0]);
    bytes.set(nested, 4);
    expect(() => decodeValue(bytes)).toThrow(ValueError);
  });

  it('cannot make the decoder reserve more than they are worth', () => {
    const claims = Array.from({ length: 200 }, () => [0xdc, 0x03, 0xff]).flat();
    expect(() => decodeValue(msgpack(...claims), context)).toThrow(/more elements than/);
  });
});

describe('data that is nested too deeply to be read again', () => {
  it('is refused, with what to do instead', () => {
    let list: unknown = null;
    for (let depth = 0; depth <= MAX_DEPTH; depth += 1) list = { list };
    expect(() => encodeValue(list)).toThrow(TravelError);
    expect(() => encodeValue(list)).toThrow(/MAX_DEPTH/);
    expect(() => encodeValue((list as { list: unknown }).list)).not.toThrow();
  });

  it('is read again with one level less, in a block too', () => {
    let list: unknown = null;
    for (let depth = 0; depth < MAX_DEPTH; depth += 1) list = [list];
    expect(decodeValue(joinParts(encodeValue(list)))).toEqual(list);
    const [block] = encodeBlock([list, list]);
    expect(decodeBlock(joinParts(block?.parts ?? []))).toEqual([list, list]);
  });
});
