/**
 * The life of a piece: each function is one arrow of the diagram in docs/ARCHITECTURE.md.
 *
 * 1. Whoever changes a phase here also keeps `unfinished`, `unmet`, `needers` and the lists of workers true.
 * 2. `unmet` and `sharedUnmet` mean something only while the piece, the batch, is pending: revive counts them anew.
 * 3. What may be needed by nobody any more is put on `suspects`; forget.ts decides.
 */
import type { Batch } from './batch.ts';
import { fetched, tellDone, tellFailed, tellUndone, uncache } from './deliver.ts';
import { collectInputs, eachDependent, eachOwnInput, eachShared, isMet, isNeededByZip } from './inputs.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { giveUpPromise } from './scatter.ts';
import { isolate, overlapping } from './split.ts';
import { batchOf, type Fault, mayTakeMore, ordersFor, type State, type Worker } from './state.ts';
import { linkHeld, mayHaveTooMuch, unlinkAssigned, unlinkHeld, workerOf } from './worker-lists.ts';

/** Tasks of one batch have consecutive keys; batches are ordered by when they came. */
const KEYS_PER_BATCH = 65_536;

export function keyOf(batch: Batch, start: number): number {
  return batch.order * KEYS_PER_BATCH + start;
}

/** Deaths after which a task runs alone. */
export const DEATHS_TO_ISOLATE = 2;

export function enqueue(s: State, p: number): void {
  if (s.pieces.has(p, Flag.queued)) return;
  s.pieces.set(p, Flag.queued);
  const batch = batchOf(s, p);
  const generation = s.pieces.generation[p] as number;
  if ((s.pieces.deaths[p] as number) >= DEATHS_TO_ISOLATE) s.alone.push({ piece: p, generation });
  else s.lanes.push(batch.lane, p, keyOf(batch, s.pieces.start[p] as number), generation);
}

/** waiting -> ready, if all that it needs is there. */
export function readyIfMet(s: State, p: number): void {
  if (s.pieces.phase[p] !== Phase.waiting || !isMet(s, p) || batchOf(s, p).scattered) return;
  s.pieces.phase[p] = Phase.ready;
  enqueue(s, p);
}

/** assigned -> waiting or ready: where it was is no place to be near to. */
export function unassign(s: State, p: number): void {
  unlinkAssigned(s, p);
  batchOf(s, p).near = NONE;
  s.pieces.worker[p] = NONE;
  s.pieces.phase[p] = Phase.waiting;
  readyIfMet(s, p);
}

/** -> finished, on `worker`, which has the value. */
export function finish(s: State, p: number, worker: Worker, bytes: number): void {
  const { pieces } = s;
  const batch = batchOf(s, p);
  if (pieces.phase[p] === Phase.assigned) unlinkAssigned(s, p);
  pieces.phase[p] = Phase.finished;
  pieces.bytes[p] = bytes;
  linkHeld(s, worker, p);
  settled(s, p, batch);
  tellDone(s, p);
  metBy(s, p, batch);
  s.suspects.push(p);
}

/** What waited for `p` waits for one less. */
function metBy(s: State, p: number, batch: Batch): void {
  const { pieces, edges } = s;
  for (
    let e = edges.living(pieces, pieces.edges[p] as number);
    e !== NONE;
    e = edges.living(pieces, edges.after(e))
  ) {
    const target = edges.target(e);
    if (target >= 0) meet(s, target);
    else meetAll(s, s.batches[~target] as Batch);
  }
  if (batch.zippedBy.length > 0) meetZipped(s, p, batch);
}

function meetZipped(s: State, p: number, batch: Batch): void {
  eachZipped(s, p, batch, (down) => meet(s, down));
}

function meetAll(s: State, sharing: Batch): void {
  if (sharing.unfinished === 0 || --sharing.sharedUnmet > 0) return;
  for (const down of [...sharing.ids]) if (down !== NONE) readyIfMet(s, down);
}

function meet(s: State, down: number): void {
  const { pieces } = s;
  if (!pieces.isPending(down)) return;
  const left = --pieces.unmet[down]!;
  if (left > 0) return;
  if (pieces.phase[down] === Phase.assigned) {
    const worker = workerOf(s, down) as Worker;
    worker.aheadTasks -= pieces.count[down] as number;
    mayHaveTooMuch(s, worker);
  } else readyIfMet(s, down);
}

/** Visits exactly the tasks that map over the tasks of `p`, splitting where needed. */
function eachZipped(s: State, p: number, batch: Batch, visit: (down: number) => void): void {
  if (batch.zippedBy.length === 0) return;
  const start = s.pieces.start[p] as number;
  const end = start + (s.pieces.count[p] as number);
  for (const zip of batch.zippedBy) {
    const from = Math.max(start, zip.upFirst);
    const to = Math.min(end, zip.upFirst + zip.count);
    const shift = zip.downFirst - zip.upFirst;
    if (from < to) isolate(s, zip.down, from + shift, to + shift, visit);
  }
}

/** The tasks of `p` need no more to be computed, for now: their inputs may go. */
export function settled(s: State, p: number, batch: Batch): void {
  batch.unfinished -= s.pieces.count[p] as number;
  releaseInputs(s, p);
  if (batch.unfinished > 0) return;
  if (batch.shared.length > 0) releaseShared(s, batch);
  if (batch.sentTo) for (const number of batch.sentTo.keys()) retire(s, s.workers.get(number), batch);
  batch.sentTo = undefined;
}

function releaseShared(s: State, batch: Batch): void {
  eachShared(batch, (up) => {
    s.pieces.needers[up]!--;
    s.suspects.push(up);
  });
}

function retire(s: State, worker: Worker | undefined, batch: Batch): void {
  if (!worker) return;
  ordersFor(s, worker).retire.add(batch.id);
  if (worker.latest === batch) worker.latest = undefined;
}

function releaseInputs(s: State, p: number): void {
  const batch = batchOf(s, p);
  if (batch.zips.length + batch.depStart.length === 0) return;
  const { needers } = s.pieces;
  const { suspects } = s;
  const from = suspects.length;
  collectInputs(s, p, suspects);
  if (batch.depStart.length === 0) return;
  let kept = from;
  for (let i = from; i < suspects.length; i++) {
    const up = suspects.at(i);
    if (--needers[up]! === 0) suspects.put(kept++, up);
  }
  suspects.length = kept;
}

/** -> failed, and with it all that needs it and is not finished. `error` is the TaskError of the root. */
export function fail(s: State, root: number, error: Uint8Array): void {
  const stack = [root];
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    if (!s.pieces.isPending(p)) continue;
    failOne(s, p, error);
    const down = (q: number) => void stack.push(q);
    const sharing = ({ ids }: Batch) => {
      for (const q of ids) if (q !== NONE) stack.push(q);
    };
    eachDependent(s, p, down, sharing);
    eachZipped(s, p, batchOf(s, p), down);
  }
}

function failOne(s: State, p: number, error: Uint8Array): void {
  if (s.pieces.phase[p] === Phase.assigned) stopAt(s, p);
  s.pieces.phase[p] = Phase.failed;
  s.errors.set(p, error);
  tellFailed(s, p, error);
  giveUpPromise(s, p);
  settled(s, p, batchOf(s, p));
  s.suspects.push(p);
}

/** Takes an assigned piece from its worker, which is told to stop it. */
export function stopAt(s: State, p: number): void {
  const { start, count, run } = s.pieces;
  const { stop } = ordersFor(s, workerOf(s, p) as Worker);
  stop.add(batchOf(s, p).id, start[p] as number, count[p] as number, run[p] as number);
  unlinkAssigned(s, p);
  s.pieces.worker[p] = NONE;
}

export function failWith(s: State, p: number, fault: Omit<Fault, 'task' | 'attempt' | 'worker'>): void {
  const { name } = batchOf(s, p).call.fn;
  const worker = workerOf(s, p)?.name ?? '';
  fail(s, p, s.config.encodeFault({ ...fault, task: name, attempt: s.pieces.attempt[p] as number, worker }));
}

/** finished -> waiting: the last copy of its value is lost and somebody needs it; -> released if nobody does. */
export function unfinish(s: State, p: number): void {
  const { pieces } = s;
  tellUndone(s, p);
  unlinkHeld(s, p);
  uncache(s, p);
  fetched(s, p);
  pieces.worker[p] = NONE;
  pieces.phase[p] = Phase.released;
  batchOf(s, p).near = NONE;
  eachDependent(
    s,
    p,
    (down) => unmeet(s, down),
    (sharing) => sharing.sharedUnmet++,
  );
  eachZipped(s, p, batchOf(s, p), (down) => unmeet(s, down));
  if (pieces.has(p, Flag.held) || pieces.needers[p]! > 0 || isNeededByZip(s, p)) revive(s, p);
  else s.suspects.push(p);
}

function unmeet(s: State, down: number): void {
  const { pieces } = s;
  if (!pieces.isPending(down)) return;
  const before = pieces.unmet[down]!++;
  if (pieces.phase[down] === Phase.ready) pieces.phase[down] = Phase.waiting;
  else if (pieces.phase[down] === Phase.assigned && before === 0) {
    const worker = workerOf(s, down) as Worker;
    worker.aheadTasks += pieces.count[down] as number;
    mayTakeMore(s, worker);
  }
}

/** released -> waiting or ready: computes again what is only a recipe, and what that needs. */
export function revive(s: State, root: number): void {
  const stack = [root];
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    if (s.pieces.phase[p] === Phase.released && !alignWithZips(s, p, stack)) reviveOne(s, p, stack);
  }
}

/** Cuts a released piece where the pieces that it maps over are cut; then the parts are to be revived instead. */
function alignWithZips(s: State, p: number, stack: number[]): boolean {
  const batch = batchOf(s, p);
  const start = s.pieces.start[p] as number;
  const end = start + (s.pieces.count[p] as number);
  const cuts: number[] = [];
  for (const zip of batch.zips) {
    const shift = zip.downFirst - zip.upFirst;
    const from = Math.max(start, zip.downFirst) - shift;
    const to = Math.min(end, zip.downFirst + zip.count) - shift;
    if (from < to) overlapping(zip.up, from, to, (up) => cuts.push((s.pieces.start[up] as number) + shift));
    cuts.push(zip.downFirst, zip.downFirst + zip.count);
  }
  const inside = cuts.filter((cut) => cut > start && cut < end);
  if (inside.length === 0) return false;
  for (const cut of inside) isolate(s, batch, cut, end, () => {});
  isolate(s, batch, start, end, (part) => stack.push(part));
  return true;
}

function reviveOne(s: State, p: number, stack: number[]): void {
  const { pieces } = s;
  const batch = batchOf(s, p);
  const wasSettled = batch.unfinished === 0;
  pieces.phase[p] = Phase.waiting;
  batch.unfinished += pieces.count[p] as number;
  if (batch.scattered) return failWith(s, p, DATA_LOST);
  let broken: Uint8Array | undefined;
  const unmetBy = (up: number): number => {
    if (pieces.phase[up] === Phase.failed) broken = s.errors.get(up);
    if (pieces.phase[up] === Phase.released) stack.push(up);
    return pieces.phase[up] === Phase.finished ? 0 : 1;
  };
  pieces.unmet[p] = 0;
  eachOwnInput(s, p, (up) => {
    if (batch.depStart.length > 0) pieces.needers[up]!++;
    pieces.unmet[p]! += unmetBy(up);
  });
  if (wasSettled) batch.sharedUnmet = 0;
  eachShared(batch, (up) => {
    if (wasSettled) {
      pieces.needers[up]!++;
      batch.sharedUnmet += unmetBy(up);
    } else unmetBy(up);
  });
  if (broken) fail(s, p, broken);
  else readyIfMet(s, p);
}

const DATA_LOST = {
  code: 'data-lost',
  message:
    'scattered data was lost with the only worker that held it: scatter it again, or with broadcast: true',
} as const;
