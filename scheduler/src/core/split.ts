/** Cutting pieces, so that part of a batch can have a fate of its own. Splitting changes nothing that anybody outside can see. */
import { type Batch, placeOf } from './batch.ts';
import { keep } from './deliver.ts';
import { enqueue } from './lifecycle.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { batchOf, type State } from './state.ts';
import { linkBefore } from './worker-lists.ts';

/** Cuts the first `k` tasks off piece `p`; gives the new piece that has them. `p` keeps the rest. */
export function splitFront(s: State, p: number, k: number): number {
  const { pieces } = s;
  const batch = batchOf(s, p);
  const start = pieces.start[p] as number;
  const count = pieces.count[p] as number;
  const front = pieces.allocate(batch.slot, start, k);
  copyRow(s, p, front);
  share(pieces.micros, p, front, k / count);
  share(pieces.bytes, p, front, k / count);
  pieces.start[p] = start + k;
  pieces.count[p] = count - k;
  const place = placeOf(batch, start);
  batch.starts[place] = start + k;
  batch.starts.splice(place, 0, start);
  batch.ids.splice(place, 0, front);
  batch.known++;
  s.edges.copy(pieces, p, front);
  countAgain(s, front);
  joinLists(s, p, front);
  return front;
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
  if (pieces.has(p, Flag.deferred)) s.clients.get(batchOf(s, p).client)?.deferred.push(front);
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
  if (start < index && p !== NONE) splitFront(s, p, index - start);
}

/** Visits the pieces that make up tasks [from, to) exactly, splitting at the ends. Forgotten tasks are passed over. */
export function isolate(s: State, batch: Batch, from: number, to: number, visit: (p: number) => void): void {
  cutAt(s, batch, from);
  cutAt(s, batch, to);
  overlapping(batch, from, to, visit);
}

/** Visits the pieces that have a task in [from, to). The visitor may split or forget pieces of this batch. */
export function overlapping(batch: Batch, from: number, to: number, visit: (p: number) => void): void {
  const first = placeOf(batch, from);
  if (batch.single) {
    for (let i = from; i < to; i++) if (batch.ids[i] !== NONE) visit(batch.ids[i] as number);
    return;
  }
  const end = to > from ? placeOf(batch, to - 1) + 1 : first;
  if (end - first === 1) {
    if (batch.ids[first] !== NONE) visit(batch.ids[first] as number);
    return;
  }
  for (const p of batch.ids.slice(first, end)) if (p !== NONE) visit(p);
}
