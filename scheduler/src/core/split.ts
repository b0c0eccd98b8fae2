/** Cutting pieces, so that part of a batch can have a fate of its own. Splitting changes nothing that anybody outside can see. */
import { type Batch, placeOf } from './batch.ts';
import { keep } from './deliver.ts';
import { enqueue } from './lifecycle.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { batchOf, type State } from './state.ts';
import { linkBefore } from './worker-lists.ts';

/** Cuts the first `k` tasks off piece `p`; gives the new piece that has them. `p` keeps the rest. */
export function splitFront(s: State, p: number, k: number): number {
  const batch = batchOf(s, p);
  const start = s.pieces.start[p] as number;
  const front = detach(s, batch, p, k);
  const place = placeOf(batch, start);
  batch.starts[place] = start + k;
  batch.starts.splice(place, 0, start);
  batch.ids.splice(place, 0, front);
  return front;
}

/** The same, but for the index of the batch. */
function detach(s: State, batch: Batch, p: number, k: number): number {
  const { pieces } = s;
  const start = pieces.start[p] as number;
  const count = pieces.count[p] as number;
  const front = pieces.allocate(batch.slot, start, k);
  copyRow(s, p, front);
  share(pieces.micros, p, front, k / count);
  share(pieces.bytes, p, front, k / count);
  pieces.start[p] = start + k;
  pieces.count[p] = count - k;
  batch.known++;
  s.edges.copy(pieces, p, front);
  countAgain(s, front);
  joinLists(s, p, front);
  // Its other part may be a suspect.
  if (!pieces.has(front, Flag.held)) s.suspects.push(front);
  return front;
}

/** A batch of which so many pieces were cut, and this part of its tasks, is cut into single tasks at once: its index is then direct. */
const MANY_PIECES = 256;
const PART_CUT = 1 / 16;

function scatterIfMany(s: State, batch: Batch): void {
  if (batch.ids.length < Math.max(MANY_PIECES, batch.count * PART_CUT)) return;
  const ids: number[] = [];
  batch.ids.forEach((p, place) => {
    const end = batch.starts[place + 1] ?? batch.count;
    while (p !== NONE && ids.length < end - 1) ids.push(detach(s, batch, p, 1));
    while (ids.length < end) ids.push(p);
  });
  batch.ids = ids;
  batch.starts = [];
  batch.single = true;
}

function copyRow(s: State, from: number, to: number): void {
  const { pieces } = s;
  pieces.phase[to] = pieces.phase[from] as number;
  pieces.flags[to] = (pieces.flags[from] as number) & ~Flag.queued;
  pieces.deaths[to] = pieces.deaths[from] as number;
  pieces.attempt[to] = pieces.attempt[from] as number;
  pieces.worker[to] = pieces.worker[from] as number;
  pieces.run[to] = pieces.run[from] as number;
  pieces.unmet[to] = pieces.unmet[from] as number;
  pieces.needers[to] = pieces.needers[from] as number;
  pieces.refs[to] = pieces.refs[from] as number;
}

function share(column: Float32Array | Uint32Array, from: number, to: number, part: number): void {
  const whole = column[from] as number;
  column[to] = whole * part;
  column[from] = whole - (column[to] as number);
}

/** Whoever waits for the piece now waits for two. */
function countAgain(s: State, front: number): void {
  const { pieces, edges } = s;
  if (pieces.phase[front] === Phase.finished) return;
  for (
    let e = edges.living(pieces, pieces.edges[front] as number);
    e !== NONE;
    e = edges.living(pieces, edges.after(e))
  ) {
    const target = edges.target(e);
    if (target < 0) (s.batches[~target] as Batch).sharedUnmet++;
    else if (pieces.isPending(target)) pieces.unmet[target]!++;
  }
}

function joinLists(s: State, p: number, front: number): void {
  const { pieces } = s;
  const phase = pieces.phase[p];
  if (phase === Phase.assigned || phase === Phase.finished) linkBefore(s, p, front);
  if (phase === Phase.ready) enqueue(s, front);
  if (pieces.has(p, Flag.deferred)) batchOf(s, p).owner.deferred.push(front);
  const error = s.errors.get(p);
  if (error) s.errors.set(front, error);
  const cached = s.cache.get(p);
  if (cached) keep(s, front, cached);
  const replicas = s.replicas.get(p);
  if (replicas) s.replicas.set(front, new Set(replicas));
}

/** Makes `index` the start of a piece (it may be the end of the batch). */
function cutAt(s: State, batch: Batch, index: number): void {
  if (batch.single || index <= 0 || index >= batch.count) return;
  const place = placeOf(batch, index);
  const start = batch.starts[place] as number;
  const p = batch.ids[place] as number;
  if (start === index || p === NONE) return;
  splitFront(s, p, index - start);
  scatterIfMany(s, batch);
}

/** Visits the pieces that make up tasks [from, to) exactly, splitting at the ends. Forgotten tasks are passed over. */
export function isolate(s: State, batch: Batch, from: number, to: number, visit: (p: number) => void): void {
  cutAt(s, batch, from);
  cutAt(s, batch, to);
  overlapping(batch, from, to, visit);
}

/** Visits the pieces that have a task in [from, to). The visitor may split or forget pieces of this batch: each is looked up anew. */
export function overlapping(batch: Batch, from: number, to: number, visit: (p: number) => void): void {
  for (let index = from; index < to; ) {
    const place = placeOf(batch, index);
    const p = batch.ids[place] as number;
    index = batch.single ? index + 1 : (batch.starts[place + 1] ?? batch.count);
    if (p !== NONE) visit(p);
  }
}
