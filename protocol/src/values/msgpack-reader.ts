import { Kind, viewOf } from './binary.ts';
import type { BinarySource } from './binary-source.ts';
import { ValueError } from './errors.ts';
import { resolveFuture, resolveFutures } from './futures.ts';
import { IN_HEAP_BYTES } from './in-heap.ts';
import { INLINE_BYTES, MAX_DEPTH } from './limits.ts';
import { Extension, OWNED, Token, VIEW_BYTES } from './msgpack-format.ts';
import { KeyCache, readText } from './msgpack-text.ts';
import type { DecodeContext } from './port.ts';

const keys = new KeyCache();
const NO_BYTES = new Uint8Array(0);
const NO_CONTEXT: DecodeContext = {};
/** What the payload of a Map or Set begins with. */
const COUNT_BYTES = 4;

/**
 * Reads one value from bytes that nobody vouches for.
 *
 * 1. Nothing is read behind `#end`: `#need` is asked before every read of more than the token.
 * 2. What is allocated is bounded by the bytes: all arrays and maps together announce at most as many elements as there are bytes.
 * 3. Only the extensions of msgpack-format.ts are known; no code is made from what is read.
 */
class MsgpackReader {
  #bytes: Uint8Array = NO_BYTES;
  #end = 0;
  #context: DecodeContext = NO_CONTEXT;
  #binaries: BinarySource | undefined;
  #view: DataView | undefined;
  /** Few bytes are copied here to be looked at as numbers. */
  readonly #few = roomForFew();
  #at = 0;
  #depth = 0;
  #elementsLeft = 0;

  /** The value that fills `bytes` from `start` on. */
  readAll(
    bytes: Uint8Array,
    start: number,
    context: DecodeContext,
    binaries: BinarySource | undefined,
  ): unknown {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = bytes.byteLength;
    this.#elementsLeft = bytes.byteLength;
    this.#context = context;
    this.#binaries = binaries;
    const value = this.#read();
    if (this.#at === this.#end) return value;
    throw new ValueError(`a value ends at byte ${this.#at} of ${this.#end}: it was damaged on the way`);
  }

  /** Lets go of what was read. */
  reset(): void {
    this.#bytes = NO_BYTES;
    this.#context = NO_CONTEXT;
    this.#binaries = undefined;
    this.#view = undefined;
    this.#depth = 0;
  }

  #read(): unknown {
    if (this.#at >= this.#end) throw truncated();
    const token = this.#bytes[this.#at++]!;
    if (token < 0x80) return token;
    if (token >= 0xe0) return token - 0x100;
    if (token < 0x90) return this.#map(token & 0x0f);
    if (token < 0xa0) return this.#array(token & 0x0f);
    if (token < 0xc0) return this.#string(token & 0x1f);
    return this.#long(token);
  }

  #long(token: number): unknown {
    switch (token) {
      case Token.nil:
        return null;
      case Token.false:
        return false;
      case Token.true:
        return true;
      case Token.float64:
        return this.#float64();
      case Token.str8:
      case Token.str16:
      case Token.str32:
        return this.#string(this.#length(token - Token.str8));
      case Token.array16:
      case Token.array32:
        return this.#array(this.#length(token - Token.array16 + 1));
      case Token.map16:
      case Token.map32:
        return this.#map(this.#length(token - Token.map16 + 1));
      case Token.bin8:
      case Token.bin16:
      case Token.bin32:
        return this.#bin(this.#length(token - Token.bin8));
      default:
        if (token >= Token.float32 && token <= Token.int64) return this.#number(token);
        if (token === Token.unused)
          throw new ValueError('unknown msgpack token 0xc1: the value was damaged on the way');
        return this.#extension(token);
    }
  }

  #number(token: number): number | bigint {
    const at = this.#at;
    const size = NUMBER_BYTES[token - Token.float32]!;
    this.#need(size);
    this.#at += size;
    const view = this.#dataView();
    switch (token) {
      case Token.float32:
        return view.getFloat32(at);
      case Token.uint8:
        return view.getUint8(at);
      case Token.uint16:
        return view.getUint16(at);
      case Token.uint32:
        return view.getUint32(at);
      case Token.int8:
        return view.getInt8(at);
      case Token.int16:
        return view.getInt16(at);
      case Token.int32:
        return view.getInt32(at);
      default:
        return whole(token === Token.int64 ? view.getInt32(at) : view.getUint32(at), view, at, token);
    }
  }

  #float64(): number {
    this.#need(8);
    this.#at += 8;
    return this.#dataView().getFloat64(this.#at - 8);
  }

  #array(length: number): unknown[] {
    this.#announce(length);
    const items: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      const token = this.#bytes[this.#at];
      if (token === undefined) throw truncated();
      if (token < 0x80) {
        this.#at += 1;
        items.push(token);
      } else if (token === Token.float64) {
        this.#at += 1;
        items.push(this.#float64());
      } else items.push(this.#read());
    }
    this.#depth -= 1;
    return items;
  }

  #map(entries: number): Record<string, unknown> {
    this.#announce(entries);
    const record: Record<string, unknown> = {};
    for (let entry = 0; entry < entries; entry += 1) {
      const key = this.#key();
      const value = this.#read();
      if (key === '__proto__') define(record, key, value);
      else record[key] = value;
    }
    this.#depth -= 1;
    return record;
  }

  /** The keys of a map from another language may be numbers; they become the strings that JavaScript makes of them. */
  #key(): string {
    const token = this.#bytes[this.#at];
    if (token !== undefined && token >= 0xa0 && token < 0xc0) {
      const length = token & 0x1f;
      this.#at += 1;
      this.#need(length);
      this.#at += length;
      return keys.read(this.#bytes, this.#at - length, length);
    }
    const key = this.#read();
    if (typeof key === 'string') return key;
    if (typeof key === 'number' || typeof key === 'bigint') return String(key);
    throw new ValueError('the key of a map is neither a string nor a number');
  }

  #string(length: number): string {
    this.#need(length);
    this.#at += length;
    return readText(this.#bytes, this.#at - length, length);
  }

  /** Small ones are copied, so that a kept result does not keep its whole block. */
  #bin(length: number): Uint8Array {
    const bytes = this.#take(length);
    return length <= INLINE_BYTES
      ? new Uint8Array(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  }

  #extension(token: number): unknown {
    const length = token >= Token.fixext1 ? 1 << (token - Token.fixext1) : this.#length(token - Token.ext8);
    this.#need(1);
    const type = this.#bytes[this.#at++]!;
    this.#need(length);
    const at = this.#at;
    this.#at += length;
    const view = this.#dataView();
    if (type === Extension.undefined && length === 1) return undefined;
    if (type === Extension.future && length === 4) return resolveFuture(this.#context, view.getUint32(at));
    if (type === Extension.futures && length === 8)
      return resolveFutures(this.#context, view.getUint32(at), view.getUint32(at + 4));
    if (type === Extension.inline) return inlined(this.#bytes, at, length);
    if (type === Extension.timestamp) return dateOf(view, at, length);
    if (type === Extension.map && length >= COUNT_BYTES) return this.#mapOf(view.getUint32(at), at, length);
    if (type === Extension.set && length >= COUNT_BYTES) return this.#setOf(view.getUint32(at), at, length);
    if (type === Extension.view && length === VIEW_BYTES) return this.#binary(view, at);
    throw new ValueError(`unknown msgpack extension ${type} of ${length} bytes: written by a newer version?`);
  }

  #mapOf(entries: number, at: number, length: number): Map<unknown, unknown> {
    this.#announce(2 * entries);
    this.#at = at + COUNT_BYTES;
    const map = new Map<unknown, unknown>();
    for (let entry = 0; entry < entries; entry += 1) {
      const key = this.#read();
      map.set(key, this.#read());
    }
    this.#leave(at + length);
    return map;
  }

  #setOf(members: number, at: number, length: number): Set<unknown> {
    this.#announce(members);
    this.#at = at + COUNT_BYTES;
    const set = new Set<unknown>();
    for (let member = 0; member < members; member += 1) set.add(this.#read());
    this.#leave(at + length);
    return set;
  }

  #leave(end: number): void {
    this.#depth -= 1;
    if (this.#at !== end)
      throw new ValueError(
        `a Map or Set ends at byte ${this.#at} instead of ${end}: it was damaged on the way`,
      );
  }

  #binary(view: DataView, at: number): unknown {
    if (this.#binaries === undefined)
      throw new ValueError('a typed array points to buffers and the value has none');
    const kind = view.getUint8(at);
    const owned = (kind & OWNED) !== 0;
    const [buffer, offset, length] = [view.getUint32(at + 1), view.getUint32(at + 5), view.getUint32(at + 9)];
    return this.#binaries.binary(kind & ~OWNED, owned, buffer, offset, length);
  }

  /** The length behind a token of the 8, 16 and 32 bit forms, numbered 0, 1, 2. */
  #length(form: number): number {
    const size = 1 << form;
    this.#need(size);
    const at = this.#at;
    this.#at += size;
    if (form === 0) return this.#bytes[at]!;
    return form === 1 ? this.#dataView().getUint16(at) : this.#dataView().getUint32(at);
  }

  #take(length: number): Uint8Array {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #announce(elements: number): void {
    this.#elementsLeft -= elements;
    if (this.#elementsLeft < 0)
      throw new ValueError('arrays and maps announce more elements than the value has bytes');
    this.#depth += 1;
    // A block is one list more around what its rows are.
    if (this.#depth > MAX_DEPTH + 1)
      throw new ValueError(`a value is nested deeper than MAX_DEPTH (${MAX_DEPTH})`);
  }

  #need(byteLength: number): void {
    if (this.#at + byteLength > this.#end) throw truncated();
  }

  #dataView(): DataView {
    this.#view ??=
      this.#end <= IN_HEAP_BYTES
        ? this.#viewOfCopy()
        : new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#end);
    return this.#view;
  }

  #viewOfCopy(): DataView {
    const { bytes, view } = this.#few;
    bytes.set(this.#bytes);
    return view;
  }
}

function roomForFew(): { readonly bytes: Uint8Array; readonly view: DataView } {
  const memory = new ArrayBuffer(IN_HEAP_BYTES);
  return { bytes: new Uint8Array(memory), view: new DataView(memory) };
}

/** From float32 to int64, in the order of the tokens. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8] as const;

/** A number where that is exact, as it was written; else a bigint. */
function whole(high: number, view: DataView, at: number, token: number): number | bigint {
  const value = high * 0x1_0000_0000 + view.getUint32(at + 4);
  if (Number.isSafeInteger(value)) return value;
  return token === Token.int64 ? view.getBigInt64(at) : view.getBigUint64(at);
}

function inlined(bytes: Uint8Array, at: number, length: number): unknown {
  const kind = bytes[at];
  if (length === 0 || kind === undefined) throw new ValueError('a typed array has no kind');
  const { buffer } = new Uint8Array(bytes.subarray(at + 1, at + length));
  return kind === Kind.arrayBuffer ? buffer : viewOf(kind, buffer, 0, length - 1);
}

/** The three lengths that the specification has; what is finer than a millisecond is cut off. */
function dateOf(view: DataView, at: number, length: number): Date {
  if (length === 4) return new Date(view.getUint32(at) * 1000);
  if (length === 8) {
    const high = view.getUint32(at);
    return new Date(
      ((high & 3) * 0x1_0000_0000 + view.getUint32(at + 4)) * 1000 + Math.floor((high >>> 2) / 1_000_000),
    );
  }
  if (length !== 12) throw new ValueError(`a timestamp has 4, 8 or 12 bytes, not ${length}`);
  const seconds = view.getInt32(at + 4) * 0x1_0000_0000 + view.getUint32(at + 8);
  return new Date(seconds * 1000 + Math.floor(view.getUint32(at) / 1_000_000));
}

/** An assignment would change the object's prototype. */
function define(record: object, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}

function truncated(): ValueError {
  return new ValueError('a value ends in the middle: it was cut or damaged on the way');
}

let idle: MsgpackReader | undefined;

/** By a reader that is used again, unless it is in use: what resolves a future may decode values too. */
export function readMsgpack(
  bytes: Uint8Array,
  start: number,
  context: DecodeContext,
  binaries: BinarySource | undefined,
): unknown {
  const reader = idle ?? new MsgpackReader();
  idle = undefined;
  try {
    return reader.readAll(bytes, start, context, binaries);
  } finally {
    reader.reset();
    idle = reader;
  }
}
