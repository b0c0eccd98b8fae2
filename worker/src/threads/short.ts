/**
 * Messages between agent and thread that say little, as two values: numbers, and bytes as a text of one character each. Cloning
 * small objects and typed arrays takes microseconds for each of them, which was most of what a short task cost here. All other
 * messages are posted as they are.
 */
import { IN_HEAP_BYTES } from '@taskloom/protocol/values';
import type { FromThread, ToThread } from './wire.ts';

/** More goes better as it is. */
const MOST_NUMBERS = 256;
const MOST_BYTES = 1_024;

type Short = readonly [numbers: readonly number[], text: string];
export type Posted<Message> = Short | Message;

export function shortenToThread(message: ToThread): Posted<ToThread> {
  const { resume, taken, sources, functions, forget, forgetFunctions, blockIds, blocks, orders } = message;
  const others = sources.length + functions.length + forgetFunctions.length;
  if (others > 0 || forget.length + 2 * blocks.length + orders.length > MOST_NUMBERS) return message;
  const numbers = [resume === undefined ? 0 : resume + 1, taken, forget.length, ...forget, blocks.length];
  for (let i = 0; i < blocks.length; i++) numbers.push(blockIds[i]!, blocks[i]!.length);
  for (const number of orders) numbers.push(number);
  const text = textOf(blocks);
  return text === undefined ? message : [numbers, text];
}

export function restoreToThread(posted: Posted<ToThread>): ToThread {
  if (!isShort(posted)) return posted;
  const [numbers, text] = posted;
  const forgetEnd = 3 + numbers[2]!;
  const ordersFrom = forgetEnd + 1 + 2 * numbers[forgetEnd]!;
  const blockIds: number[] = [];
  const blocks: Uint8Array[] = [];
  for (let at = forgetEnd + 1, from = 0; at < ordersFrom; at += 2) {
    blockIds.push(numbers[at]!);
    blocks.push(bytesOf(text, from, from + numbers[at + 1]!));
    from += numbers[at + 1]!;
  }
  return {
    resume: numbers[0] === 0 ? undefined : numbers[0]! - 1,
    taken: numbers[1]!,
    sources: NONE, functions: NONE, forgetFunctions: NONE,
    forget: numbers.slice(3, forgetEnd),
    blockIds, blocks,
    orders: numbers.slice(ordersFrom),
  }; // biome-ignore format: a record
}

export function shortenFromThread(message: FromThread): Posted<FromThread> {
  const { report, blocks, pack, large, errors, errorBytes, missing, wrote } = message;
  const others = large.length + errors.length + errorBytes.length + missing.length + wrote.length;
  if (others > 0 || blocks.length > MOST_NUMBERS) return message;
  const text = textOf([pack]);
  return text === undefined ? message : [[report, ...blocks], text];
}

export function restoreFromThread(posted: Posted<FromThread>): FromThread {
  if (!isShort(posted)) return posted;
  const [numbers, text] = posted;
  return {
    report: numbers[0]!,
    blocks: numbers.slice(1),
    pack: bytesOf(text, 0, text.length),
    large: NONE, errors: NONE, errorBytes: NONE, missing: NONE, wrote: NONE,
  }; // biome-ignore format: a record
}

const NONE: readonly never[] = [];

function isShort(posted: Posted<object>): posted is Short {
  return Array.isArray(posted);
}

/** Undefined when there are too many bytes. */
function textOf(blocks: readonly Uint8Array[]): string | undefined {
  let length = 0;
  for (const block of blocks) length += block.length;
  if (length > MOST_BYTES) return undefined;
  let text = '';
  for (const block of blocks) text += latin1(block);
  return text;
}

const few = Buffer.alloc(IN_HEAP_BYTES);

function latin1(bytes: Uint8Array): string {
  if (bytes.length <= IN_HEAP_BYTES) {
    few.set(bytes);
    return few.toString('latin1', 0, bytes.length);
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** In memory of its own: typed arrays may be views of it. */
function bytesOf(text: string, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let i = from; i < to; i++) bytes[i - from] = text.charCodeAt(i);
  return bytes;
}
