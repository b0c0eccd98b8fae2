/**
 * A batch: one function over consecutive tasks, and the index of its pieces.
 *
 * 1. `ids` holds the pieces in order of their first task; a forgotten piece leaves NONE in its place.
 * 2. Where each task is its own piece (`single`), the place in `ids` is the index of the task.
 * 3. `unfinished` counts tasks that are neither finished, failed nor released; `known` counts pieces that are not forgotten.
 * 4. While `unfinished` > 0 the batch needs its shared inputs (they count one needer each for it).
 */
import type { KnownCall } from './calls.ts';
import type { Lane } from './lanes.ts';
import type { Client } from './state.ts';

export interface Batch {
  /** The number on the wire, not used again as long as anybody might remember it. */
  readonly id: number;
  /** How many came before it. */
  readonly order: number;
  /** The row that pieces name; used again. */
  readonly slot: number;
  readonly owner: Client;
  readonly firstTask: number;
  readonly count: number;
  readonly call: KnownCall;
  single: boolean;
  /** Brought by a client, not computed: no recipe. */
  readonly scattered: boolean;
  readonly lane: Lane;
  starts: number[];
  ids: number[];
  /** The worker that got a piece of it last. */
  near: number;
  unfinished: number;
  known: number;
  /** First row of each block of arguments, and the block. */
  readonly blockFirst: Uint32Array;
  readonly blocks: readonly Uint8Array[];
  /** Rows depStart[i] .. depStart[i + 1] of the other two are what task i needs. */
  readonly depStart: Uint32Array;
  readonly depFirst: Uint32Array;
  readonly depCount: Uint32Array;
  /** The piece of a row that names one task; NONE where a row names several. */
  readonly depPiece: Int32Array;
  zips: readonly Zip[];
  readonly shared: readonly { readonly first: number; readonly count: number }[];
  /** Pieces that every task needs and that are not finished. */
  sharedUnmet: number;
  /** Zips of other batches that need tasks of this one. */
  zippedBy: readonly Zip[];
  /** Workers that know the batch, and which blocks of arguments they have, if there are several. */
  sentTo: Map<number, Set<number>> | undefined;
}

/** Task `downFirst + k` of `down` needs task `upFirst + k` of `up`, for k < count. */
export interface Zip {
  readonly up: Batch;
  readonly down: Batch;
  readonly upFirst: number;
  readonly downFirst: number;
  readonly count: number;
}

export function nameOf(batch: Batch): string {
  return batch.call.fn.name || 'anonymous';
}

/** Where in `starts` and `ids` the piece is that covers `index`. */
export function placeOf(batch: Batch, index: number): number {
  if (batch.single) return index;
  let low = 0;
  let high = batch.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((batch.starts[middle] as number) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function pieceAt(batch: Batch, index: number): number {
  return batch.ids[placeOf(batch, index)] as number;
}

export function blockOf(batch: Batch, index: number): number {
  let low = 0;
  let high = batch.blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((batch.blockFirst[middle] as number) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
