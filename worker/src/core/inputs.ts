/**
 * Owns: what pieces wait for.
 *
 * 1. `unmet` counts input indices whose result is not stored here; each is being made here or fetched.
 * 2. `ahead` is the one thread that makes `aheadCount` of them: when that is all of them, the piece may run behind it.
 * 3. A piece leaves with all that waited, here, for what it would have made.
 */
import { planFetch } from './fetching.ts';
import { dropResults, type Made, pin, resultsOf, type Stretch, store, unpin } from './results.ts';
import { type Block, type Input, NO_THREAD, type Order, type Piece, type Rows, SEVERAL } from './state.ts';
import type { Turn } from './turn.ts';

export interface Missing {
  readonly batch: number;
  readonly index: number;
  readonly holder: number;
}
type Origin = Pick<Piece, 'seq' | 'batch' | 'run' | 'attempt' | 'deaths' | 'inputs'>;

/** Queues tasks as ready or as waiting, or hands them back because an input is nowhere. */
export function enqueue(turn: Turn, origin: Origin, first: number, end: number): void {
  const { state } = turn;
  const { seq, batch, run, attempt, deaths, inputs } = origin;
  const piece: Piece = {
    place: 0, seq, batch, first, end, run, attempt, deaths, inputs, phase: 'waiting',
    unmet: 0, ahead: NO_THREAD, aheadCount: 0, following: NO_THREAD, pinned: [],
  }; // biome-ignore format: a record
  state.pieces.add(piece);
  resultsOf(state, batch.order.batch).places.set(first, end, { is: 'queued', piece });
  for (const input of inputs) {
    const missing = need(turn, piece, input);
    if (missing === undefined) continue;
    return surrender(turn, piece, { batch: input.batch, index: missing, holder: 0 }, (rows, lost) =>
      turn.inputMissing(rows, lost),
    );
  }
  settle(turn, piece);
}

/** Queues tasks. Those whose results are here are made anew: who counted on these waits for the new ones. */
export function enqueueAnew(turn: Turn, origin: Origin, first: number, end: number): void {
  const { batch } = origin.batch.order;
  const wereCountedOn = dropResults(turn, batch, first, end);
  enqueue(turn, origin, first, end);
  if (wereCountedOn) countAgain(turn, batch, first, end);
}

/** Results go that need not be kept. Who counted on them all the same fetches them, or is handed back. */
export function letGo(turn: Turn, batch: number, first: number, end: number): void {
  if (dropResults(turn, batch, first, end)) countAgain(turn, batch, first, end);
}

function countAgain(turn: Turn, batch: number, first: number, end: number): void {
  const needs = ({ batch: from, index, count }: Input) =>
    from === batch && index < end && index + count > first;
  const counting = [...turn.state.pieces].filter(({ inputs }) => inputs.some(needs));
  for (const piece of counting) {
    if (piece.phase === 'gone') continue;
    endPiece(turn, piece);
    enqueue(turn, piece, piece.first, piece.end);
  }
}

/** Counts what is not here of an input, and has it fetched; gives the index that is nowhere. */
function need(turn: Turn, piece: Piece, input: Input): number | undefined {
  const { places, waiters } = resultsOf(turn.state, input.batch);
  const before = piece.unmet;
  const until = input.index + input.count;
  for (const { first, end, value: place } of places.over(input.index, until)) {
    if (place?.is === 'stored') pin(turn.state, piece, place.block);
    else if (place === undefined && input.holder === 0) return first;
    else piece.unmet += end - first;
    if (place === undefined)
      planFetch(turn, { batch: input.batch, next: first, end, holder: input.holder, keepOf: undefined });
    if (place?.is === 'on-thread') goAhead(piece, place.order.thread.number, end - first);
  }
  if (piece.unmet > before) waiters.add({ piece, first: input.index, end: until });
  return undefined;
}

/** A block came: whoever waited for its results is a step nearer. */
export function arrive(turn: Turn, made: Made): Block {
  const { block, replaced } = store(turn, made);
  for (const stretch of replaced) {
    if (stretch.value?.is !== 'stored') noteStored(turn, block, stretch);
  }
  return block;
}

function noteStored(turn: Turn, block: Block, { first, end, value: was }: Stretch): void {
  const { waiters } = resultsOf(turn.state, block.batch);
  const maker = was?.is === 'on-thread' ? was.order.thread.number : NO_THREAD;
  for (const { piece, first: from, end: until } of waiters.over(first, end)) {
    const met = overlap(first, end, from, until);
    pin(turn.state, piece, block);
    piece.unmet -= met;
    if (maker !== NO_THREAD && piece.ahead === maker) leaveAhead(piece, met);
    settle(turn, piece);
  }
}

/** Tasks went to a thread: what waits for nothing else may follow. */
export function notePlaced(turn: Turn, batch: number, { first, end, thread }: Order): void {
  for (const { piece, first: from, end: until } of resultsOf(turn.state, batch).waiters.over(first, end)) {
    goAhead(piece, thread.number, overlap(first, end, from, until));
    settle(turn, piece);
  }
}

/** Tasks left their thread, to be queued again. */
export function noteWithdrawn(turn: Turn, batch: number, first: number, end: number, thread: number): void {
  for (const { piece, first: from, end: until } of resultsOf(turn.state, batch).waiters.over(first, end)) {
    if (piece.ahead === thread) leaveAhead(piece, overlap(first, end, from, until));
  }
}

/** Takes a piece out, and what waited for it, and so on. `missing`: which of its inputs will not come. */
export function surrender(
  turn: Turn,
  piece: Piece,
  missing: Missing,
  tell: (rows: Rows, missing: Missing) => void,
): void {
  const left = [{ piece, missing }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { piece, missing } = next;
    if (piece.phase === 'gone') continue;
    const rows = { batch: piece.batch.order.batch, first: piece.first, end: piece.end, run: piece.run };
    endPiece(turn, piece);
    for (const { batch } of piece.inputs) turn.mayBeEmpty(batch);
    tell(rows, missing);
    const lost = { batch: rows.batch, index: rows.first, holder: 0 };
    for (const stranded of abandon(turn, rows.batch, rows.first, rows.end)) {
      left.push({ piece: stranded, missing: lost });
    }
  }
}

/** The results [first, end) of a batch will not come: hands back what waited for them. */
export function strand(turn: Turn, batch: number, first: number, end: number, holder: number): void {
  for (const piece of abandon(turn, batch, first, end)) {
    surrender(turn, piece, { batch, index: first, holder }, (rows, missing) =>
      turn.inputMissing(rows, missing),
    );
  }
}

/** Nothing that runs here will store [first, end) of this batch; gives the pieces that waited for it. */
function abandon(turn: Turn, batch: number, first: number, end: number): Piece[] {
  const { places, waiters } = resultsOf(turn.state, batch);
  places.delete(first, end);
  turn.mayBeEmpty(batch);
  return waiters.over(first, end).map(({ piece }) => piece);
}

export function endPiece(turn: Turn, piece: Piece): void {
  piece.phase = 'gone';
  turn.state.pieces.delete(piece);
  unpin(piece);
}

/** Puts a piece where it will be found: among the ready, or among the followers of the one thread it waits for. */
function settle(turn: Turn, piece: Piece): void {
  if (piece.phase !== 'waiting') return;
  if (piece.unmet === 0) {
    piece.phase = 'ready';
    turn.state.ready.push(piece);
  } else if (mayFollow(piece, piece.ahead) && piece.following !== piece.ahead) {
    piece.following = piece.ahead;
    turn.state.threads.get(piece.ahead)?.followers.push(piece);
  }
}

/** What may share the thread would begin before its input is made. */
export function mayFollow({ phase, batch, ahead, aheadCount, unmet }: Piece, thread: number): boolean {
  if (phase !== 'waiting' || batch.concurrency > 1) return false;
  return thread > 0 && ahead === thread && aheadCount === unmet;
}

function goAhead(piece: Piece, thread: number, indices: number): void {
  if (piece.ahead === NO_THREAD) piece.ahead = thread;
  else if (piece.ahead !== thread) piece.ahead = SEVERAL;
  if (piece.ahead === thread) piece.aheadCount += indices;
}

function leaveAhead(piece: Piece, indices: number): void {
  piece.aheadCount -= indices;
  if (piece.aheadCount === 0) piece.ahead = NO_THREAD;
}

function overlap(first: number, end: number, from: number, until: number): number {
  return Math.min(end, until) - Math.max(first, from);
}
