/**
 * Messages between agent and thread that say little, as one text: their numbers, 8 bytes each, then their bytes, one character for each.
 * Cloning a list, an object or a typed array takes microseconds for each of them, which was most of what a short task cost here, and
 * cloning a text takes none. All other messages are posted as they are.
 */
import type { FromThread, ToThread } from './wire.ts';

/** More goes better as it is. */
const MOST_NUMBERS = 256;
const MOST_BYTES = 1_024;

type Short = string;
export type Posted<Message> = Short | Message;

/** Where a message is put together, and taken apart. */
const room = Buffer.alloc(8 * MOST_NUMBERS + MOST_BYTES);
const words = new Float64Array(room.buffer, room.byteOffset, MOST_NUMBERS);

export function shortenToThread(message: ToThread): Posted<ToThread> {
  const { resume, taken, sources, functions, forget, blockIds, blocks, orders } = message;
  if (sources.length + functions.length + message.forgetSources.length + message.forgetFunctions.length > 0)
    return message;
  const numbers = 4 + forget.length + 2 * blocks.length + orders.length;
  if (numbers > MOST_NUMBERS || lengthOf(blocks) > MOST_BYTES) return message;
  words[0] = resume === undefined ? -1 : resume;
  words[1] = taken;
  words[2] = forget.length;
  words[3] = blocks.length;
  let at = putNumbers(forget, 4);
  for (let i = 0; i < blocks.length; i++) {
    words[at++] = blockIds[i]!;
    words[at++] = blocks[i]!.length;
  }
  return textOf(putNumbers(orders, at), blocks);
}

export function restoreToThread(posted: Posted<ToThread>): ToThread {
  if (!isShort(posted)) return posted;
  room.write(posted, 'latin1');
  const forgetEnd = 4 + words[2]!;
  const ordersFrom = forgetEnd + 2 * words[3]!;
  const blockIds: number[] = [];
  const lengths: number[] = [];
  let bytes = 0;
  for (let at = forgetEnd; at < ordersFrom; at += 2) {
    blockIds.push(words[at]!);
    lengths.push(words[at + 1]!);
    bytes += words[at + 1]!;
  }
  const ordersEnd = (posted.length - bytes) / 8;
  return {
    resume: words[0]! < 0 ? undefined : words[0]!,
    taken: words[1]!,
    sources: NONE, functions: NONE, forgetSources: NONE, forgetFunctions: NONE,
    forget: numbersIn(4, forgetEnd),
    blockIds,
    blocks: lengths.length === 0 ? NONE : blocksFrom(8 * ordersEnd, lengths),
    orders: numbersIn(ordersFrom, ordersEnd),
  }; // biome-ignore format: a record
}

export function shortenFromThread(message: FromThread): Posted<FromThread> {
  const { report, blocks, pack, large, errors, errorBytes, missing, wrote } = message;
  const others = large.length + errors.length + errorBytes.length + missing.length + wrote.length;
  if (others > 0 || 2 + blocks.length > MOST_NUMBERS || pack.length > MOST_BYTES) return message;
  words[0] = report;
  words[1] = blocks.length;
  return textOf(putNumbers(blocks, 2), [pack]);
}

export function restoreFromThread(posted: Posted<FromThread>): FromThread {
  if (!isShort(posted)) return posted;
  room.write(posted, 'latin1');
  const end = 2 + words[1]!;
  return {
    report: words[0]!,
    blocks: numbersIn(2, end),
    pack: bytesIn(8 * end, posted.length),
    large: NONE, errors: NONE, errorBytes: NONE, missing: NONE, wrote: NONE,
  }; // biome-ignore format: a record
}

const NONE: readonly never[] = [];

function isShort(posted: Posted<object>): posted is Short {
  return typeof posted === 'string';
}

function lengthOf(blocks: readonly Uint8Array[]): number {
  let length = 0;
  for (const block of blocks) length += block.length;
  return length;
}

/** Gives where the next number goes. */
function putNumbers(numbers: readonly number[], from: number): number {
  for (let i = 0; i < numbers.length; i++) words[from + i] = numbers[i]!;
  return from + numbers.length;
}

function textOf(numbers: number, blocks: readonly Uint8Array[]): Short {
  let at = 8 * numbers;
  for (const block of blocks) {
    room.set(block, at);
    at += block.length;
  }
  return room.toString('latin1', 0, at);
}

function numbersIn(from: number, to: number): number[] {
  const numbers: number[] = [];
  for (let i = from; i < to; i++) numbers.push(words[i]!);
  return numbers;
}

function blocksFrom(from: number, lengths: readonly number[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let at = from;
  for (const length of lengths) {
    blocks.push(bytesIn(at, at + length));
    at += length;
  }
  return blocks;
}

/** In memory of its own: typed arrays may be views of it. */
function bytesIn(from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let i = from; i < to; i++) bytes[i - from] = room[i]!;
  return bytes;
}
