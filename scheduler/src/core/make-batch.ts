/** The record of a batch. A batch is often a single task, so what is empty is shared by all. */
import type { Batch, Zip } from './batch.ts';
import { own } from './bytes.ts';
import { callOf } from './calls.ts';
import { useCodes } from './codes.ts';
import type { BatchColumns, BatchHead } from './events.ts';
import { NONE } from './pieces.ts';
import type { Client, State } from './state.ts';

const LAST_ID = 0xffff_ffff;

const NO_COLUMN = new Uint32Array(0);
const NO_PIECES = new Int32Array(0);
const NO_ZIPS: readonly Zip[] = [];
const NO_BLOCKS: readonly Uint8Array[] = [];
const NO_RANGES: Batch['shared'] = [];
const NO_PLACES: number[] = [];
/** Where blocks begin, if there is one. */
const ONE_BLOCK = Uint32Array.of(0);

/** What comes in is copied: it is part of a larger message. */
export function makeBatch(
  s: State,
  client: Client,
  head: BatchHead,
  columns: BatchColumns,
  scattered: boolean,
): Batch {
  const { first, count } = head;
  const call = callOf(s, head);
  useCodes(call.codes);
  const deps = columns.depFirst.length;
  return {
    id: newBatchId(s),
    order: s.batchesCame++,
    slot: s.freeSlots.pop() ?? s.batches.length,
    owner: client,
    firstTask: first,
    count,
    call,
    single: scattered || columns.depStart.length > 0 || count === 1,
    scattered,
    lane: s.lanes.enter(call.options),
    starts: NO_PLACES,
    ids: NO_PLACES,
    near: NONE,
    unfinished: count,
    known: 0,
    blockFirst: firstRows(columns.blockRows),
    blocks: columns.sections.length > 1 ? columns.sections.slice(1).map(own) : NO_BLOCKS,
    depStart: kept(columns.depStart),
    depFirst: kept(columns.depFirst),
    depCount: kept(columns.depCount),
    depPiece: deps > 0 ? new Int32Array(deps).fill(NONE) : NO_PIECES,
    zips: NO_ZIPS,
    shared: sharedRanges(columns),
    sharedUnmet: 0,
    zippedBy: NO_ZIPS,
    sentTo: undefined,
  };
}

/** Numbers on the wire have 32 bits: after the last one they begin anew, where batches that are still there are passed over. */
function newBatchId(s: State): number {
  const id = s.nextBatch;
  do s.nextBatch = s.nextBatch === LAST_ID ? 1 : s.nextBatch + 1;
  while (s.batchById.has(s.nextBatch));
  return id;
}

function kept(column: Uint32Array): Uint32Array {
  return column.length > 0 ? column.slice() : NO_COLUMN;
}

function sharedRanges({ sharedFirst, sharedCount }: BatchColumns): Batch['shared'] {
  if (sharedFirst.length === 0) return NO_RANGES;
  return Array.from(sharedFirst, (first, i) => ({ first, count: sharedCount[i] as number }));
}

function firstRows(rows: Uint32Array): Uint32Array {
  if (rows.length <= 1) return ONE_BLOCK;
  const out = new Uint32Array(rows.length);
  for (let i = 1; i < rows.length; i++) out[i] = (out[i - 1] as number) + (rows[i - 1] as number);
  return out;
}
