/**
 * Owns: the results held here, their bytes, and which copies of others' results stay.
 *
 * 1. A block counts its bytes from its first index here until the last is gone.
 * 2. A copy goes when copies exceed their room, the longest unused first, but never one that a piece counts on.
 * 3. A block counts the pieces that count on it.
 */
import { Ranges, type Segment } from './ranges.ts';
import type { Block, Piece, Place, Results, State } from './state.ts';
import type { Turn } from './turn.ts';
import { Waiters } from './waiters.ts';

export function resultsOf(state: State, batch: number): Results {
  let results = state.results.get(batch);
  if (!results) {
    results = { places: new Ranges<Place>(), waiters: new Waiters() };
    state.results.set(batch, results);
  }
  return results;
}

/** What is known of [first, end), of a batch that may be unknown. */
export function placesOver(state: State, batch: number, first: number, end: number): Stretch[] {
  return state.results.get(batch)?.places.over(first, end) ?? [{ first, end, value: undefined }];
}

export function blockAt(state: State, batch: number, index: number): Block | undefined {
  const place = state.results.get(batch)?.places.at(index);
  return place?.is === 'stored' ? place.block : undefined;
}

export interface Made {
  readonly batch: number;
  readonly first: number;
  readonly count: number;
  readonly content: Uint8Array;
  readonly copy: boolean;
}
export type Stretch = Segment<Place | undefined>;

/** Keeps a block; gives what was known before of the indices that it now stands at. */
export function store(turn: Turn, made: Made): { block: Block; replaced: Stretch[] } {
  const { state } = turn;
  const { batch, first, count, content, copy } = made;
  const block: Block = { id: state.nextId++, batch, first, count, content, copy, held: 0, pins: 0 };
  const { places } = resultsOf(state, made.batch);
  const replaced: Stretch[] = [];
  for (const stretch of places.over(made.first, made.first + made.count)) {
    const { first, end, value: was } = stretch;
    if (made.copy && was !== undefined && was.is !== 'fetching') continue;
    if (was?.is === 'stored') {
      pinInstead(state, was.block, block);
      release(turn, was.block, end - first);
    }
    places.set(first, end, { is: 'stored', block });
    block.held += end - first;
    replaced.push(stretch);
  }
  if (block.held > 0) keep(turn, block);
  return { block, replaced };
}

/** What was a copy is now the value: it stays until it is dropped. */
export function keepCopy({ state }: Turn, block: Block): void {
  if (!block.copy) return;
  block.copy = false;
  if (block.held === 0) return;
  state.copyBytes -= block.content.length;
  state.copies.delete(block);
}

/** Tells whether a piece counted on any of them. */
export function dropResults(turn: Turn, batch: number, from: number, until: number): boolean {
  let counted = false;
  for (const { first, end, value } of placesOver(turn.state, batch, from, until)) {
    if (value?.is !== 'stored') continue;
    resultsOf(turn.state, batch).places.delete(first, end);
    release(turn, value.block, end - first);
    counted ||= value.block.pins > 0;
  }
  return counted;
}

/** Nothing need be known of a batch of which nothing is here and nobody waits for anything. */
export function forgetIfEmpty({ results }: State, batch: number): void {
  const known = results.get(batch);
  if (known?.places.isEmpty && known.waiters.nobodyWaits) results.delete(batch);
}

/** The piece counts on the block until it has left: if it is a copy, it stays so long. */
export function pin(state: State, piece: Piece, block: Block): void {
  block.pins++;
  piece.pinned.push(block);
  if (block.copy && state.copies.delete(block)) state.copies.add(block);
}

/** Who counted on one block counts on the one that takes its place. */
function pinInstead(state: State, before: Block, block: Block): void {
  if (before.pins === 0) return;
  for (const piece of state.pieces) if (piece.pinned.includes(before)) pin(state, piece, block);
}

export function unpin(piece: Piece): void {
  if (piece.pinned.length === 0) return;
  for (const block of piece.pinned) block.pins--;
  piece.pinned = [];
}

/** After a turn, since what arrived in it may be counted on by its end. */
export function evictCopies(turn: Turn): void {
  const { state } = turn;
  if (state.copyBytes <= state.settings.copyBytes) return;
  for (const block of state.copies) {
    if (block.pins > 0) continue;
    dropCopy(turn, block);
    if (state.copyBytes <= state.settings.copyBytes) return;
  }
}

function keep(turn: Turn, block: Block): void {
  const { state } = turn;
  state.storeBytes += block.content.length;
  if (!block.copy) return;
  state.copyBytes += block.content.length;
  state.copies.add(block);
}

function dropCopy(turn: Turn, block: Block): void {
  const { places } = resultsOf(turn.state, block.batch);
  for (const { first, end, value } of places.over(block.first, block.first + block.count)) {
    if (value?.is !== 'stored' || value.block !== block) continue;
    places.delete(first, end);
    release(turn, block, end - first);
  }
  forgetIfEmpty(turn.state, block.batch);
}

function release(turn: Turn, block: Block, indices: number): void {
  const { state } = turn;
  block.held -= indices;
  if (block.held > 0) return;
  state.storeBytes -= block.content.length;
  if (block.copy) {
    state.copyBytes -= block.content.length;
    state.copies.delete(block);
  }
  turn.forget(block.id);
}
