import { Extension, TIMESTAMP_BYTES, Token } from './msgpack-format.ts';

const INITIAL_BYTES = 72 * 1024;
/** What is above this is handed out instead of copied, and replaced. */
const KEEP_BYTES = 128 * 1024;
/** From here on Node's native writer is faster than a loop. */
const LOOPED_CHARACTERS = 24;
/** From here on it is cheaper to count the bytes of a string than to make room for the most that it could have. */
const COUNTED_CHARACTERS = 8 * 1024;
const LOOPED_BYTES = 32;
const LARGEST_SCALAR_BYTES = 18;

/** ES2024, in every Node that we support. */
type WellFormedString = string & { isWellFormed(): boolean };

/**
 * Owns the output of a msgpack writer: a buffer that grows and is reused.
 * 1. Before a scalar is written there is room for it: `room` is asked once per value.
 * 2. What `take` hands out is never written again.
 */
export class MsgpackBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view: DataView = viewOver(this.bytes);
  at = 0;

  /** Starts over, behind the byte that names the codec. */
  begin(codec: number): void {
    this.bytes[0] = codec;
    this.at = 1;
  }

  room(byteLength: number): void {
    if (this.at + byteLength > this.bytes.byteLength) this.#grow(this.at + byteLength);
  }

  nil(): void {
    this.room(1);
    this.bytes[this.at++] = Token.nil;
  }

  boolean(value: boolean): void {
    this.room(1);
    this.bytes[this.at++] = value ? Token.true : Token.false;
  }

  /** -0 and whole numbers beyond 2^53 are floats, all other whole numbers integers: readers in any language agree. */
  number(value: number): void {
    if (this.at + LARGEST_SCALAR_BYTES > this.bytes.byteLength) this.#grow(this.at + LARGEST_SCALAR_BYTES);
    if (value >>> 0 === value) {
      if (value < 0x80 && (value !== 0 || 1 / value > 0)) this.bytes[this.at++] = value;
      else this.#unsigned(value);
    } else if (value >> 0 === value) this.#negative(value);
    else if (Number.isSafeInteger(value)) this.#long(value);
    else this.#float(value);
  }

  bigint(value: bigint): void {
    this.room(LARGEST_SCALAR_BYTES);
    this.bytes[this.at] = value < 0n ? Token.int64 : Token.uint64;
    this.#view.setBigUint64(this.at + 1, BigInt.asUintN(64, value));
    this.at += 9;
  }

  /** False, with nothing written, when the string has a lone surrogate, which UTF-8 cannot keep. */
  string(value: string): boolean {
    const length = value.length;
    if (length > LOOPED_CHARACTERS) return this.#longString(value);
    this.room(1 + length);
    const bytes = this.bytes;
    let at = this.at + 1;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return this.#longString(value);
      bytes[at++] = code;
    }
    bytes[this.at] = 0xa0 | length;
    this.at = at;
    return true;
  }

  arrayHeader(length: number): void {
    this.room(5);
    if (length < 16) this.bytes[this.at++] = 0x90 | length;
    else if (length < 0x10000) this.#sized16(Token.array16, length);
    else this.#sized32(Token.array32, length);
  }

  /** Leaves a place for the number of entries, which is known when they are written. */
  openMap(): number {
    this.room(1);
    this.at += 1;
    return this.at - 1;
  }

  closeMap(opened: number, entries: number): void {
    if (entries < 16) {
      this.bytes[opened] = 0x80 | entries;
      return;
    }
    const headerBytes = entries < 0x10000 ? 3 : 5;
    this.room(headerBytes);
    const end = this.at;
    this.bytes.copyWithin(opened + headerBytes, opened + 1, end);
    this.at = opened;
    if (headerBytes === 3) this.#sized16(Token.map16, entries);
    else this.#sized32(Token.map32, entries);
    this.at = end + headerBytes - 1;
  }

  bin(value: Uint8Array): void {
    const length = value.byteLength;
    this.room(3 + length);
    if (length < 0x100) this.#sized8(Token.bin8, length);
    else this.#sized16(Token.bin16, length);
    this.bytes.set(value, this.at);
    this.at += length;
  }

  /** ext8 or ext16; returns where the payload begins, which the caller fills. */
  extension(type: number, length: number): number {
    this.room(4 + length);
    if (length < 0x100) this.#sized8(Token.ext8, length);
    else this.#sized16(Token.ext8 + 1, length);
    this.bytes[this.at++] = type;
    this.at += length;
    return this.at - length;
  }

  /** ext32 of a payload that begins with a count, and is written next; `closeExtension` says how long it became. */
  openExtension(type: number, count: number): number {
    this.room(10);
    this.#sized32(Token.ext8 + 2, 0);
    this.bytes[this.at] = type;
    this.#view.setUint32(this.at + 1, count);
    this.at += 5;
    return this.at;
  }

  closeExtension(opened: number): void {
    this.#view.setUint32(opened - 9, this.at - opened + 4);
  }

  timestamp(timeMs: number): void {
    const at = this.extension(Extension.timestamp, TIMESTAMP_BYTES);
    const seconds = Math.floor(timeMs / 1000);
    this.#view.setUint32(at, (timeMs - seconds * 1000) * 1_000_000);
    this.#view.setInt32(at + 4, Math.floor(seconds / 0x1_0000_0000));
    this.#view.setUint32(at + 8, seconds >>> 0);
  }

  /** fixext4 for one u32, fixext8 for two. */
  extensionOfU32(type: number, first: number, second?: number): void {
    this.room(10);
    this.bytes[this.at] = second === undefined ? Token.fixext4 : Token.fixext8;
    this.bytes[this.at + 1] = type;
    this.#view.setUint32(this.at + 2, first);
    if (second !== undefined) this.#view.setUint32(this.at + 6, second);
    this.at += second === undefined ? 6 : 10;
  }

  undefined(): void {
    this.room(3);
    this.bytes[this.at++] = Token.fixext1;
    this.bytes[this.at++] = 0;
    this.bytes[this.at++] = 0;
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  /** The first `end` bytes, no longer written to; all that was written is forgotten. */
  take(end: number): Uint8Array {
    this.at = 0;
    if (end < KEEP_BYTES || 2 * end < this.bytes.byteLength) return this.copy(end);
    const taken = this.bytes.subarray(0, end);
    this.#replace();
    return taken;
  }

  copy(end: number): Uint8Array {
    const copy = new Uint8Array(end);
    if (end > LOOPED_BYTES) copy.set(this.bytes.subarray(0, end));
    else for (let index = 0; index < end; index += 1) copy[index] = this.bytes[index]!;
    return copy;
  }

  clear(): void {
    this.at = 0;
    if (this.bytes.byteLength > 8 * KEEP_BYTES) this.#replace();
  }

  #replace(): void {
    this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#view = viewOver(this.bytes);
  }

  #unsigned(value: number): void {
    if (value === 0) this.#float(value);
    else if (value < 0x100) this.#sized8(Token.uint8, value);
    else if (value < 0x10000) this.#sized16(Token.uint16, value);
    else this.#sized32(Token.uint32, value);
  }

  #negative(value: number): void {
    if (value >= -0x20) this.bytes[this.at++] = 0x100 + value;
    else if (value >= -0x80) this.#sized8(Token.int8, value);
    else if (value >= -0x8000) this.#sized16(Token.int16, value);
    else this.#sized32(Token.int32, value);
  }

  #long(value: number): void {
    this.bytes[this.at] = value < 0 ? Token.int64 : Token.uint64;
    this.#view.setInt32(this.at + 1, Math.floor(value / 0x1_0000_0000));
    this.#view.setUint32(this.at + 5, value >>> 0);
    this.at += 9;
  }

  #float(value: number): void {
    this.bytes[this.at] = Token.float64;
    this.#view.setFloat64(this.at + 1, value);
    this.at += 9;
  }

  /** Written where it belongs if it is ASCII; else the header may turn out longer, and the text moves. */
  #longString(value: string): boolean {
    const most = value.length < COUNTED_CHARACTERS ? 3 * value.length : Buffer.byteLength(value);
    this.room(5 + most);
    const guess = headerBytes(value.length);
    const start = this.at + guess;
    const length = this.bytes.write(value, start, most, 'utf8');
    if (length !== value.length && !(value as WellFormedString).isWellFormed()) return false;
    const header = headerBytes(length);
    if (header !== guess) this.bytes.copyWithin(this.at + header, start, start + length);
    if (header === 1) this.bytes[this.at++] = 0xa0 | length;
    else if (header === 2) this.#sized8(Token.str8, length);
    else if (header === 3) this.#sized16(Token.str16, length);
    else this.#sized32(Token.str32, length);
    this.at += length;
    return true;
  }

  #sized8(token: number, value: number): void {
    this.bytes[this.at] = token;
    this.bytes[this.at + 1] = value;
    this.at += 2;
  }

  #sized16(token: number, value: number): void {
    this.bytes[this.at] = token;
    this.#view.setUint16(this.at + 1, value);
    this.at += 3;
  }

  #sized32(token: number, value: number): void {
    this.bytes[this.at] = token;
    this.#view.setUint32(this.at + 1, value);
    this.at += 5;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.byteLength, needed));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
    this.#view = viewOver(grown);
  }
}

/** Of a string of so many bytes. */
function headerBytes(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x10000 ? 3 : 5;
}

function viewOver(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
