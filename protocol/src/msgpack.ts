/** Msgpack between peers: control messages and the heads of batches. What comes in is walked before it is built. */
// By these names, without the native part that its main one loads: control messages are few.
import { Packr } from 'msgpackr/pack';
import { Unpackr } from 'msgpackr/unpack';
import { ProtocolError } from './errors.ts';
import { exceeded, Limits } from './limits.ts';

// Without records, for which msgpackr compiles code. What is undefined is left out, as it would be in JSON: msgpack has no such value.
const packing = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  encodeUndefinedAsNil: true,
  skipValues: [undefined],
};
const packer = new Packr(packing);
// Other languages write 64-bit integers where a JavaScript number does.
const unpacker = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
// The other one gives a key that is called as below another name.
const unpackerOfMaps = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: 'number' });
const PROTO = '__proto__';

export function packMap(value: unknown): Uint8Array {
  return new Uint8Array(packer.pack(value));
}

/** Plain msgpack from a peer. Shape is checked by the caller's schema. */
export function unpackMap(bytes: Uint8Array): unknown {
  checkNesting(bytes);
  try {
    const { buffer, byteOffset, length } = bytes;
    const mayHaveIt = Buffer.from(buffer, byteOffset, length).includes(PROTO);
    return mayHaveIt ? asObjects(unpackerOfMaps.unpack(bytes)) : unpacker.unpack(bytes);
  } catch (cause) {
    throw new ProtocolError('bad-frame', 'a msgpack map does not decode', { cause });
  }
}

/** Every key becomes a property of the object itself, whatever it is called. Nesting is bounded by then. */
function asObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asObjects);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, asObjects(item)]));
}

/** What a tag says of the bytes after it (https://github.com/msgpack/msgpack/blob/master/spec.md). */
const Tag = { refused: 0, scalar: 1, bytes: 2, array: 3, map: 4, shortArray: 5, shortMap: 6 } as const;
const kinds = new Uint8Array(256);
/** Bytes of the scalar, or of the length. */
const widths = new Uint8Array(256);

function describe(from: number, to: number, kind: number, width: (tag: number) => number): void {
  for (let tag = from; tag <= to; tag++) {
    kinds[tag] = kind;
    widths[tag] = width(tag);
  }
}
describe(0x00, 0x7f, Tag.scalar, () => 0);
describe(0x80, 0x8f, Tag.shortMap, () => 0);
describe(0x90, 0x9f, Tag.shortArray, () => 0);
describe(0xa0, 0xbf, Tag.scalar, (tag) => tag & 31);
describe(0xc0, 0xc0, Tag.scalar, () => 0);
describe(0xc2, 0xc3, Tag.scalar, () => 0);
describe(0xc4, 0xc6, Tag.bytes, (tag) => 1 << (tag - 0xc4));
describe(0xca, 0xcb, Tag.scalar, (tag) => 4 << (tag - 0xca));
describe(0xcc, 0xcf, Tag.scalar, (tag) => 1 << (tag - 0xcc));
describe(0xd0, 0xd3, Tag.scalar, (tag) => 1 << (tag - 0xd0));
describe(0xd9, 0xdb, Tag.bytes, (tag) => 1 << (tag - 0xd9));
describe(0xdc, 0xdd, Tag.array, (tag) => 2 << (tag - 0xdc));
describe(0xde, 0xdf, Tag.map, (tag) => 2 << (tag - 0xde));
describe(0xe0, 0xff, Tag.scalar, () => 0);
// Left refused: 0xc1, which is never used, and all extensions.

/** Values still to come at each depth; the outermost holds one. */
const left = new Float64Array(Limits.controlDepth + 1);

/** Refuses nesting too deep and counts that the bytes cannot hold before memory is spent on them. */
function checkNesting(bytes: Uint8Array): void {
  let at = 0;
  let values = 0;
  let depth = 0;
  left[0] = 1;
  while (depth >= 0) {
    if (left[depth] === 0) {
      depth--;
      continue;
    }
    left[depth]!--;
    if (++values > Limits.controlValues) throw exceeded('controlValues', values);
    const tag = bytes[at];
    if (tag === undefined) throw new ProtocolError('bad-frame', 'msgpack is cut short');
    const width = widths[tag] as number;
    at += 1 + width;
    switch (kinds[tag]) {
      case Tag.scalar:
        break;
      case Tag.bytes:
        at += lengthAt(bytes, at - width, width);
        break;
      case Tag.array:
        depth = enter(depth, lengthAt(bytes, at - width, width), 1);
        break;
      case Tag.map:
        depth = enter(depth, lengthAt(bytes, at - width, width), 2);
        break;
      case Tag.shortArray:
        depth = enter(depth, tag & 15, 1);
        break;
      case Tag.shortMap:
        depth = enter(depth, tag & 15, 2);
        break;
      default:
        throw new ProtocolError('bad-frame', `msgpack type 0x${tag.toString(16)} is not allowed`);
    }
  }
  if (at !== bytes.length) {
    throw new ProtocolError('bad-frame', `msgpack ends at ${at}, ${bytes.length} bytes are there`);
  }
}

function enter(depth: number, entries: number, each: number): number {
  if (depth >= Limits.controlDepth) throw exceeded('controlDepth', depth + 1);
  if (each === 2 && entries > Limits.controlKeys) throw exceeded('controlKeys', entries);
  left[depth + 1] = entries * each;
  return depth + 1;
}

/** Lengths are big-endian. */
function lengthAt(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw new ProtocolError('bad-frame', 'msgpack is cut short');
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[at + i] as number);
  return length;
}
