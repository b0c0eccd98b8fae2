import { types } from 'node:util';
import type { KindedBinary } from './binary.ts';
import { bytesOf, isDetached, Kind, kindOf } from './binary.ts';
import type { PlacedBinaries } from './binary-places.ts';
import { overlaps, placeBinaries } from './binary-places.ts';
import { isFuture, isFutures } from './futures.ts';
import { INLINE_BYTES, MAX_DEPTH } from './limits.ts';
import { MsgpackBytes } from './msgpack-bytes.ts';
import { Extension, OWNED, VIEW_BYTES } from './msgpack-format.ts';
import type { FutureLike, FuturesLike } from './port.ts';
import { FUTURE, FUTURES } from './port.ts';
import { Seen } from './seen.ts';

const INT64_MIN = -(2n ** 63n);
const UINT64_END = 2n ** 64n;

/** In a for-in loop V8 answers this from its cache of the keys, and `Object.hasOwn` it does not. */
const ownProperty = Object.prototype.hasOwnProperty;

interface WrittenBinary extends KindedBinary {
  /** Where its place is written once it is known; -1 when its bytes stand in the body. */
  at: number;
}

/**
 * Classifies and writes in one pass over a value: `write` is false as soon as the value has something that msgpack would
 * not give back the same, and what was written so far is to be dropped.
 *
 * 1. Every object is met once: a second meeting (a shared reference or a cycle) is for the v8 codec.
 * 2. Futures and binaries are only noted. Hooks run, and buffers are placed, when the whole value has passed.
 */
export class MsgpackWriter {
  readonly out = new MsgpackBytes();
  readonly #seen = new Seen();
  #depth = 0;
  futures: (FutureLike | FuturesLike)[] = [];
  binaries: WrittenBinary[] = [];

  reset(): void {
    this.out.clear();
    this.forgetNotes();
  }

  /** The next value may refer to the same objects as the last: they are separate values. */
  forgetSeen(): void {
    this.#seen.clear();
    this.#depth = 0;
  }

  /** The value that was written last stands alone: no future in it, and no bytes beside it. */
  get isWhole(): boolean {
    const { futures, binaries } = this;
    return futures.length === 0 && (binaries.length === 0 || this.#isInline(binaries));
  }

  #isInline(binaries: readonly WrittenBinary[]): boolean {
    return binaries.every(({ at }) => at < 0) && !this.sharesInlineMemory(0);
  }

  /** What was noted of the last value: the next is another. */
  forgetNotes(): void {
    this.forgetSeen();
    if (this.futures.length > 0) this.futures = [];
    if (this.binaries.length > 0) this.binaries = [];
  }

  write(value: unknown): boolean {
    switch (typeof value) {
      case 'number':
        this.out.number(value);
        return true;
      case 'string':
        return this.out.string(value);
      case 'boolean':
        this.out.boolean(value);
        return true;
      case 'undefined':
        this.out.undefined();
        return true;
      case 'object':
        if (value !== null) return this.#object(value);
        this.out.nil();
        return true;
      case 'bigint':
        return this.#bigint(value);
      default:
        return false;
    }
  }

  /** Gives the first `count` binaries their places within one frame. */
  placeBinaries(count: number): PlacedBinaries['buffers'] {
    const outOfBand = this.binaries.slice(0, count).filter(({ at }) => at >= 0);
    const { places, buffers } = placeBinaries(outOfBand);
    outOfBand.forEach(({ at, kind }, index) => {
      const { buffer, offset, length, owned } = places[index]!;
      this.out.bytes[at] = owned ? kind | OWNED : kind;
      this.out.setU32(at + 1, buffer);
      this.out.setU32(at + 5, offset);
      this.out.setU32(at + 9, length);
    });
    return buffers;
  }

  /**
   * Memory that is written inline cannot be shared with another binary of the value, from binary `first` on: such a value
   * is for the v8 codec.
   */
  sharesInlineMemory(first: number): boolean {
    if (this.binaries.length - first < 2) return false;
    const binaries = this.binaries.slice(first);
    return binaries.some(({ at }) => at < 0) && overlaps(binaries);
  }

  /** A bigint in the safe range would come back as a number. */
  #bigint(value: bigint): boolean {
    const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    if (safe || value < INT64_MIN || value >= UINT64_END) return false;
    this.out.bigint(value);
    return true;
  }

  #object(value: object): boolean {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      if (FUTURE in value || FUTURES in value) return this.#branded(value);
      return this.#seen.add(value) && this.#record(value);
    }
    if (Array.isArray(value)) {
      if (FUTURES in value) return this.#branded(value);
      return prototype === Array.prototype && this.#seen.add(value) && this.#array(value);
    }
    if (this.#branded(value)) return true;
    if (!this.#seen.add(value)) return false;
    if (prototype === Map.prototype || prototype === Set.prototype) return this.#collection(value);
    return this.#binary(value, prototype) || this.#date(value, prototype);
  }

  #array(value: readonly unknown[]): boolean {
    if (hasMatchProperties(value) || this.#depth >= MAX_DEPTH) return false;
    this.#depth += 1;
    const { length } = value;
    this.out.arrayHeader(length);
    for (let index = 0; index < length; index += 1) {
      const item = value[index];
      if (typeof item === 'number') this.out.number(item);
      else if (item === undefined && !(index in value)) return false;
      else if (!this.write(item)) return false;
    }
    this.#depth -= 1;
    return true;
  }

  #record(value: object): boolean {
    if (this.#depth >= MAX_DEPTH || Object.getOwnPropertySymbols(value).length > 0) return false;
    this.#depth += 1;
    const opened = this.out.openMap();
    let entries = 0;
    for (const key in value) {
      if (!ownProperty.call(value, key)) continue;
      entries += 1;
      if (!this.out.string(key) || !this.write(value[key as keyof typeof value])) return false;
    }
    this.out.closeMap(opened, entries);
    this.#depth -= 1;
    return true;
  }

  #collection(value: object): boolean {
    const isMap = types.isMap(value);
    if (!(isMap || types.isSet(value)) || Object.keys(value).length > 0 || this.#depth >= MAX_DEPTH)
      return false;
    this.#depth += 1;
    const { size } = value;
    const opened = this.out.openExtension(isMap ? Extension.map : Extension.set, size);
    const count = isMap ? this.#entries(value) : this.#members(value);
    this.out.closeExtension(opened);
    this.#depth -= 1;
    // A getter may have changed it meanwhile.
    return count === size;
  }

  /** How many were written; -1 when one cannot be. */
  #entries(map: ReadonlyMap<unknown, unknown>): number {
    let count = 0;
    for (const [key, value] of map) {
      if (!this.write(key) || !this.write(value)) return -1;
      count += 1;
    }
    return count;
  }

  #members(set: ReadonlySet<unknown>): number {
    let count = 0;
    for (const member of set) {
      if (!this.write(member)) return -1;
      count += 1;
    }
    return count;
  }

  #branded(value: object): boolean {
    if (isFuture(value)) this.out.extensionOfU32(Extension.future, value[FUTURE]);
    else if (isFutures(value)) {
      const { first, count } = value[FUTURES];
      this.out.extensionOfU32(Extension.futures, first, count);
    } else return false;
    this.futures.push(value);
    return true;
  }

  #date(value: object, prototype: object): boolean {
    if (prototype !== Date.prototype || !(value instanceof Date) || Object.keys(value).length > 0)
      return false;
    const timeMs = value.getTime();
    if (Number.isNaN(timeMs)) return false;
    this.out.timestamp(timeMs);
    return true;
  }

  #binary(value: object, prototype: object): boolean {
    const kind = kindOf(prototype);
    if (kind === undefined || !(ArrayBuffer.isView(value) || value instanceof ArrayBuffer)) return false;
    if (isDetached(value)) return false;
    const inline = value.byteLength <= INLINE_BYTES;
    if (!inline)
      this.binaries.push({ binary: value, kind, at: this.out.extension(Extension.view, VIEW_BYTES) });
    else {
      this.binaries.push({ binary: value, kind, at: -1 });
      this.#inline(bytesOf(value), kind);
    }
    return true;
  }

  #inline(bytes: Uint8Array, kind: number): void {
    if (kind === Kind.uint8) this.out.bin(bytes);
    else {
      const at = this.out.extension(Extension.inline, 1 + bytes.byteLength);
      this.out.bytes[at] = kind;
      this.out.bytes.set(bytes, at + 1);
    }
  }
}

/**
 * Arrays that are results of a RegExp or template tags have named properties beside their elements. Other arrays with
 * such properties lose them: to look for them costs more than to write the array.
 */
function hasMatchProperties(value: readonly unknown[]): boolean {
  return 'index' in value || 'raw' in value;
}

let idle: MsgpackWriter | undefined;

/** A writer for the time of one call: getters and hooks may encode values of their own meanwhile. */
export function withWriter<R>(use: (writer: MsgpackWriter) => R): R {
  const writer = idle ?? new MsgpackWriter();
  idle = undefined;
  try {
    return use(writer);
  } finally {
    writer.reset();
    idle = writer;
  }
}
