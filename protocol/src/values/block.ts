import type { TravelError } from './errors.ts';
import { ValueError } from './errors.ts';
import { BUFFERED, framed, readFrame } from './frame.ts';
import type { Shared } from './graph.ts';
import { BLOCK_BYTES, BUFFER_ALIGNMENT } from './limits.ts';
import { Token } from './msgpack-format.ts';
import type { MsgpackWriter } from './msgpack-writer.ts';
import { withWriter } from './msgpack-writer.ts';
import { OtherRows } from './other-rows.ts';
import { joinParts } from './parts.ts';
import type { DecodeContext, Parts } from './port.ts';
import { Codec } from './port.ts';
import { decodeRow, decodeValue } from './value.ts';

/** Consecutive results of a map, encoded as one value: the array of them. */
export interface Block {
  /** The row of the first result. */
  readonly first: number;
  readonly count: number;
  readonly parts: Parts;
}
export type OnRefused = (row: number, error: TravelError) => void;

/** The codec's byte and an array16 header: as many results as fit into a block can be counted in 16 bits. */
const HEAD_BYTES = 4;
/** An array of up to fifteen, encoded as a value, has its length in the token. */
const SHORT_HEAD_BYTES = 2;
/** What a frame adds: its header once, for each buffer its length and padding. */
const FRAME_BYTES = 32;
const BUFFER_OVERHEAD_BYTES = 4 + BUFFER_ALIGNMENT;

/**
 * Results as blocks, in the order of their rows. A block of more than one result stays under BLOCK_BYTES.
 * A result that cannot travel is told to `onRefused` and left out, or thrown when nobody listens. `root`: what it is called there.
 */
export function encodeBlock(
  results: readonly unknown[],
  onRefused: OnRefused = refuse,
  root = 'result',
): Block[] {
  return withWriter((writer) => new BlockEncoder(writer, onRefused, root).encode(results));
}

function refuse(_row: number, error: TravelError): never {
  throw error;
}

/** Rows written and not yet in a block are [#first, #first + #count); of others.ts and this one, at most one has such rows. */
class BlockEncoder {
  readonly #writer: MsgpackWriter;
  readonly #blocks: Block[] = [];
  readonly #others: OtherRows;
  #first = 0;
  #count = 0;
  #bufferBytes = 0;

  constructor(writer: MsgpackWriter, onRefused: OnRefused, root: string) {
    this.#writer = writer;
    this.#others = new OtherRows(this.#blocks, onRefused, root);
    writer.out.at = HEAD_BYTES;
  }

  encode(results: readonly unknown[]): Block[] {
    const { out } = this.#writer;
    for (let row = 0; row < results.length; row += 1) {
      const start = out.at;
      const value = results[row];
      if (typeof value === 'object' && value !== null) this.#addObject(row, value, start);
      else if (this.#writer.write(value)) this.#accept(row, start, 0);
      else this.#addOther(row, value, start);
    }
    this.#flush();
    this.#others.flush();
    return this.#blocks;
  }

  #addObject(row: number, value: object, start: number): void {
    const writer = this.#writer;
    const before = writer.binaries.length;
    if (this.#tryWrite(value) && writer.futures.length === 0 && !writer.sharesInlineMemory(before)) {
      this.#accept(row, start, writer.binaries.length - before);
    } else {
      writer.binaries.length = before;
      writer.futures.length = 0;
      this.#addOther(row, value, start);
    }
    writer.forgetSeen();
  }

  /** What msgpack does not keep; what was written of it, from `start` on, is dropped. */
  #addOther(row: number, value: unknown, start: number): void {
    this.#writer.out.at = start;
    this.#flush();
    this.#others.add(row, value);
  }

  /** A getter of the user's may throw; it does so again where that is handled. */
  #tryWrite(value: object): boolean {
    try {
      return this.#writer.write(value);
    } catch {
      return false;
    }
  }

  /** The row stands in the output from `start` on. Where it does not fit, the rows before it become a block. */
  #accept(row: number, start: number, binaries: number): void {
    if (this.#others.pending) this.#others.flush();
    const buffers = binaries === 0 ? 0 : this.#bytesOfLast(binaries);
    if (this.#count > 0 && this.#size() + buffers >= BLOCK_BYTES) this.#cut(start, binaries);
    if (this.#count === 0) this.#first = row;
    this.#count += 1;
    this.#bufferBytes += buffers;
    if (this.#size() >= BLOCK_BYTES) this.#flush();
  }

  #size(): number {
    return this.#writer.out.at + this.#bufferBytes + FRAME_BYTES;
  }

  #bytesOfLast(binaries: number): number {
    let bytes = 0;
    for (const { at, binary } of this.#writer.binaries.slice(-binaries)) {
      if (at >= 0) bytes += binary.byteLength + BUFFER_OVERHEAD_BYTES;
    }
    return bytes;
  }

  /** A block of all rows but the last, which moves to the front. */
  #cut(start: number, lastBinaries: number): void {
    const { out, binaries } = this.#writer;
    const before = binaries.length - lastBinaries;
    const buffers = this.#close(before);
    this.#push(out.copy(start), buffers);
    out.bytes.copyWithin(HEAD_BYTES, start, out.at);
    out.at -= start - HEAD_BYTES;
    binaries.splice(0, before);
    for (const binary of binaries) if (binary.at >= 0) binary.at -= start - HEAD_BYTES;
  }

  #flush(): void {
    const { out, binaries } = this.#writer;
    if (this.#count > 0) {
      const buffers = this.#close(binaries.length);
      this.#push(out.take(out.at), buffers);
    }
    if (binaries.length > 0) binaries.length = 0;
    out.at = HEAD_BYTES;
  }

  #close(binaries: number): readonly Uint8Array[] {
    putHead(this.#writer.out.bytes, this.#count);
    return binaries === 0 ? [] : this.#writer.placeBinaries(binaries);
  }

  #push(codecAndBody: Uint8Array, buffers: readonly Uint8Array[]): void {
    this.#blocks.push({ first: this.#first, count: this.#count, parts: framed(codecAndBody, buffers) });
    this.#count = 0;
    this.#bufferBytes = 0;
  }
}

/** Blocks of consecutive results as one; undefined where they are more than a block may be. */
export function joinBlocks(blocks: readonly Uint8Array[]): Uint8Array | undefined {
  return (
    joinPlain(blocks) ?? joinFramed(blocks.flatMap((block) => (isRows(block) ? partsOf(block) : [block])))
  );
}

/** Where all are msgpack without buffers, so is what they make. */
function joinPlain(blocks: readonly Uint8Array[]): Uint8Array | undefined {
  let length = HEAD_BYTES;
  for (const block of blocks) {
    if (block[0] !== Codec.msgpack) return undefined;
    length += block.length;
  }
  if (length > BLOCK_BYTES) return undefined;
  const bytes = new Uint8Array(length);
  let at = HEAD_BYTES;
  let count = 0;
  for (const block of blocks) {
    const isLong = block[1] === Token.array16;
    count += isLong ? ((block[2] as number) << 8) | (block[3] as number) : (block[1] as number) & 0xf;
    const rows = block.subarray(isLong ? HEAD_BYTES : SHORT_HEAD_BYTES);
    bytes.set(rows, at);
    at += rows.length;
  }
  putHead(bytes, count);
  return bytes.subarray(0, at);
}

function joinFramed(blocks: readonly Uint8Array[]): Uint8Array | undefined {
  let length = FRAME_BYTES;
  for (const block of blocks) length += block.length + BUFFER_OVERHEAD_BYTES;
  return length > BLOCK_BYTES ? undefined : joinParts(framed(ROWS, blocks));
}

/** A block of which rows were encoded with what they share, and that: it may be larger than a block is else. */
export function sharingBlock(block: Uint8Array, common: Parts): Parts {
  return framed(SHARING, [block, joinParts(common)]);
}

const ROWS = Uint8Array.of(Codec.rows);
const SHARING = Uint8Array.of(Codec.sharing);

function isRows(block: Uint8Array): boolean {
  return (block[0] as number) === (Codec.rows | BUFFERED);
}

function isSharing(block: Uint8Array): boolean {
  return (block[0] as number) === (Codec.sharing | BUFFERED);
}

/** The buffers of rows, or of a block that shares. */
function partsOf(block: Uint8Array): Uint8Array[] {
  return readFrame(block).buffers.map(({ offset, length }) => block.subarray(offset, offset + length));
}

/** What stands before the rows of a block. */
export function headOf(count: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  putHead(head, count);
  return head;
}

function putHead(bytes: Uint8Array, count: number): void {
  bytes[0] = Codec.msgpack;
  bytes[1] = Token.array16;
  bytes[2] = count >> 8;
  bytes[3] = count & 0xff;
}

export function decodeBlock(bytes: Uint8Array, context: DecodeContext = {}): unknown[] {
  if (isRows(bytes)) return partsOf(bytes).flatMap((block) => decodeOne(block, context));
  return decodeOne(bytes, context);
}

function decodeOne(bytes: Uint8Array, context: DecodeContext): unknown[] {
  if (!isSharing(bytes)) return decodeArray(bytes, context);
  const [block, common] = partsOf(bytes);
  if (!block || !common)
    throw new ValueError('a block of results lacks what they share: it was damaged on the way');
  let made: { readonly value: unknown } | undefined;
  const shared = () => {
    made ??= { value: decodeValue(common, context) };
    return made.value;
  };
  const arrays = isRows(block) ? partsOf(block) : [block];
  return arrays.flatMap((array) => decodeArray(array, context, shared));
}

function decodeArray(bytes: Uint8Array, context: DecodeContext, shared?: Shared): unknown[] {
  const results = decodeRow(bytes, context, shared);
  if (Array.isArray(results)) return results;
  throw new ValueError('a block of results is not an array: it was damaged on the way');
}
