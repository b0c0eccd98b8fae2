/** What a piece needs, and who needs a piece, over all three ways of saying it. */
import type { Batch } from './batch.ts';
import type { NumberList } from './list.ts';
import { NONE } from './pieces.ts';
import { overlapping } from './split.ts';
import { batchOf, type Client, type State } from './state.ts';

/** Where the last batch is that begins at `task` or before; -1 where there is none. */
function placeOfTask({ firstTasks }: Client, task: number): number {
  const last = firstTasks.length - 1;
  let low = -1;
  let high = last;
  // Batches are often of one size: then this is the place already.
  const share = task / ((firstTasks[last] as number) + 1);
  const guess = Math.min(last, Math.floor(share * last));
  if (guess >= 0) {
    if ((firstTasks[guess] as number) > task) high = guess - 1;
    else low = guess;
    if (low >= 0 && guess < last && (firstTasks[guess + 1] as number) > task) return low;
  }
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((firstTasks[middle] as number) <= task) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The batch of this client that has `task`, if it is known. */
export function findBatch(client: Client, task: number): Batch | undefined {
  const batch = client.batches[placeOfTask(client, task)];
  return batch && batch.known > 0 && task < batch.firstTask + batch.count ? batch : undefined;
}

/** Visits the part of each known batch that lies in tasks [first, first + count). Gives how many tasks were known. */
export function eachBatch(
  client: Client,
  first: number,
  count: number,
  visit: (batch: Batch, from: number, to: number) => void,
): number {
  const end = first + count;
  let known = 0;
  let task = first;
  while (task < end) {
    const place = placeOfTask(client, task);
    let batch = client.batches[place];
    if (!batch || task >= batch.firstTask + batch.count) batch = client.batches[place + 1];
    if (!batch || batch.firstTask >= end) break;
    const from = Math.max(0, task - batch.firstTask);
    const to = Math.min(batch.count, end - batch.firstTask);
    task = batch.firstTask + to;
    if (batch.known === 0) continue;
    known += to - from;
    visit(batch, from, to);
  }
  return known;
}

/** Appends the pieces that `p` itself needs to `into`; the hot paths use it with a list of their own that they empty. */
export function collectInputs(s: State, p: number, into: NumberList): void {
  const batch = batchOf(s, p);
  const { depStart, depPiece } = batch;
  if (batch.zips.length > 0) return collectZipped(s, p, into);
  if (depStart.length === 0) return;
  const index = s.pieces.start[p] as number;
  const end = depStart[index + 1] as number;
  for (let row = depStart[index] as number; row < end; row++) {
    const piece = depPiece[row] as number;
    if (piece === NONE) collectRow(batch, row, into);
    else into.push(piece);
  }
}

// A function that makes closures pays for them where it begins, so the rare ways have functions of their own.

function collectZipped(s: State, p: number, into: NumberList): void {
  eachOwnInput(s, p, (up) => into.push(up));
}

function collectRow(batch: Batch, row: number, into: NumberList): void {
  eachInRow(batch, row, (up) => into.push(up));
}

function collectShared(batch: Batch, into: NumberList): void {
  eachShared(batch, (up) => into.push(up));
}

/** The same, and what its whole batch shares. */
export function collectAllInputs(s: State, p: number, into: NumberList): void {
  const batch = batchOf(s, p);
  collectInputs(s, p, into);
  if (batch.shared.length > 0) collectShared(batch, into);
}

/** Visits the pieces that `p` itself needs (not those that its whole batch shares). */
export function eachOwnInput(s: State, p: number, visit: (up: number) => void): void {
  const batch = batchOf(s, p);
  const start = s.pieces.start[p] as number;
  if (batch.depStart.length > 0) eachDep(batch, start, visit);
  for (const zip of batch.zips) {
    const from = Math.max(start, zip.downFirst);
    const to = Math.min(start + (s.pieces.count[p] as number), zip.downFirst + zip.count);
    const shift = zip.upFirst - zip.downFirst;
    if (from < to) overlapping(zip.up, from + shift, to + shift, visit);
  }
}

/** Pieces named by the dep rows of task `index`. */
export function eachDep(batch: Batch, index: number, visit: (up: number) => void): void {
  const end = batch.depStart[index + 1] as number;
  for (let row = batch.depStart[index] as number; row < end; row++) {
    const piece = batch.depPiece[row] as number;
    if (piece !== NONE) visit(piece);
    else eachInRow(batch, row, visit);
  }
}

function eachInRow(batch: Batch, row: number, visit: (up: number) => void): void {
  eachNamed(batch, batch.depFirst[row] as number, batch.depCount[row] as number, visit);
}

export function eachShared(batch: Batch, visit: (up: number) => void): void {
  for (const { first, count } of batch.shared) eachNamed(batch, first, count, visit);
}

function eachNamed(batch: Batch, first: number, count: number, visit: (up: number) => void): void {
  eachBatch(batch.owner, first, count, (up, from, to) => overlapping(up, from, to, visit));
}

/** Visits the pieces that need `p` in their own right. Edges to whole batches go to `shared`. */
export function eachDependent(
  s: State,
  p: number,
  visit: (down: number) => void,
  shared: (batch: Batch) => void,
): void {
  const { pieces, edges } = s;
  for (
    let e = edges.living(pieces, pieces.edges[p] as number);
    e !== NONE;
    e = edges.living(pieces, edges.after(e))
  ) {
    const target = edges.target(e);
    if (target >= 0) visit(target);
    else shared(s.batches[~target] as Batch);
  }
}

/** Does a piece that maps over this one still have to run? */
export function isNeededByZip(s: State, p: number): boolean {
  return batchOf(s, p).zippedBy.length > 0 && neededByZip(s, p).length > 0;
}

/** The tasks of its batch over which tasks map that still have to run, as far as they reach into this piece; neighbours are one stretch. */
export function neededByZip(s: State, p: number): { from: number; to: number }[] {
  const needed: { from: number; to: number }[] = [];
  const start = s.pieces.start[p] as number;
  const end = start + (s.pieces.count[p] as number);
  for (const zip of batchOf(s, p).zippedBy) {
    const shift = zip.downFirst - zip.upFirst;
    const first = Math.max(start, zip.upFirst) + shift;
    const last = Math.min(end, zip.upFirst + zip.count) + shift;
    let stretch: { from: number; to: number } | undefined;
    const add = (down: number) => {
      if (!s.pieces.isPending(down)) return;
      const from = Math.max(s.pieces.start[down] as number, first) - shift;
      const to = Math.min((s.pieces.start[down] as number) + (s.pieces.count[down] as number), last) - shift;
      if (stretch?.to === from) stretch.to = to;
      else {
        stretch = { from, to };
        needed.push(stretch);
      }
    };
    if (first < last) overlapping(zip.down, first, last, add);
  }
  return needed;
}

/** May it start: everything that it needs is finished. */
export function isMet(s: State, p: number): boolean {
  return s.pieces.unmet[p] === 0 && batchOf(s, p).sharedUnmet === 0;
}
