/** What agent and thread say to each other. Numbers go in flat arrays, which cost the least to clone. */
import type { MessagePort } from 'node:worker_threads';

export interface ThreadSetup {
  readonly port: MessagePort;
  readonly progress: SharedArrayBuffer;
  readonly tray: SharedArrayBuffer;
  readonly worker: string;
}

/** One order in `orders`: this head, then (id, first) of each block of arguments, then five numbers for each input. */
export const ORDER_HEAD = [
  'order',
  'fn',
  'batch',
  'first',
  'count',
  'attempt',
  'concurrency',
  'args',
  'inputs',
] as const;
export const INPUT_WIDTH = 5; // task, count, block (0: made on this thread), batch, index

export interface ToThread {
  /** What was not begun before was withdrawn, by the withdrawal of this number; orders begin anew with this message. */
  readonly resume: number | undefined;
  /** The number of the last report that was taken: what it brought is not asked of this thread any more. */
  readonly taken: number;
  readonly sources: readonly (readonly [hash: string, bytes: Uint8Array])[];
  readonly functions: readonly (readonly [fn: number, name: string, graph: Uint8Array])[];
  readonly forget: readonly number[];
  readonly forgetSources: readonly string[];
  readonly forgetFunctions: readonly number[];
  readonly blockIds: readonly number[];
  readonly blocks: readonly Uint8Array[];
  readonly orders: readonly number[];
}

/** One block in `blocks`: order, first, count, micros, bytes in `pack` (0: the next of `large`). */
export const BLOCK_WIDTH = 5;
/** One error: order, index, why, micros. */
export const ERROR_WIDTH = 4;
export const THREAD_WHY = ['threw', 'refused-result', 'bad-code'] as const;
/** One task that lacked an input: order, index. */
export const MISSING_WIDTH = 2;
/** Starts of blocks in a pack are aligned, so that typed arrays can be views of it. */
export const PACK_ALIGNMENT = 16;

/** What a task wrote: 1 for stdout or 2 for stderr. */
export type Wrote = readonly [batch: number, index: number, stream: number, text: string];

/** What one task writes to one stream in several calls, and no other in between, is one text. */
export function addOutput(all: Wrote[], wrote: Wrote): void {
  const [batch, index, stream, text] = wrote;
  const last = all.at(-1);
  if (last?.[0] === batch && last[1] === index && last[2] === stream)
    all[all.length - 1] = [batch, index, stream, last[3] + text];
  else all.push(wrote);
}

export interface FromThread {
  readonly report: number;
  readonly blocks: readonly number[];
  readonly pack: Uint8Array;
  readonly large: readonly Uint8Array[];
  readonly errors: readonly number[];
  readonly errorBytes: readonly Uint8Array[];
  readonly missing: readonly number[];
  /** Written by tasks, in order. */
  readonly wrote: readonly Wrote[];
}

export function padded(bytes: number): number {
  return (bytes + PACK_ALIGNMENT - 1) & ~(PACK_ALIGNMENT - 1);
}
