/**
 * A worker that is to go: it gets nothing new, hands back what it has not begun, and what it holds moves to workers that stay.
 *
 * 1. It is drained when nothing is assigned to it, held by it or promised to it alone: then it is told to leave, once.
 * 2. A value has moved when the other worker says that it has it; until then the old place is the one that is named.
 * 3. At most MOVING pieces are under way from one worker; a move whose target is lost, or cannot fetch it, is tried elsewhere.
 */

import type { Batch } from './batch.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { addCopy, forgetCopy } from './replicas.ts';
import { keepPromise } from './scatter.ts';
import { isolate } from './split.ts';
import { batchOf, countThreads, ordersFor, type State, type Worker } from './state.ts';
import { assignedTo, linkHeld, unlinkHeld } from './worker-lists.ts';

/** Enough to keep the data doors of the others busy; a lost target costs no more than these. */
const MOVING = 64;
/** A value that so many others could not fetch is taken for lost. */
const MOST_TRIES = 3;

/** A value under way to another worker; `to` is NONE while it is to be tried again. */
export interface Move {
  readonly generation: number;
  readonly tries: number;
  to: number;
}

/** Begins to drain the worker; again is the same. */
export function retire(s: State, worker: Worker): void {
  if (worker.retirement) return;
  worker.retirement = { moving: new Map(), isDone: false };
  s.retiring.add(worker);
  countThreads(s, worker, -1);
  worker.reservedFor = NONE;
  s.reserved.delete(worker);
  movesLost(s, worker.number);
  s.workersChanged = true;
  const { takeBack } = ordersFor(s, worker);
  const { start, count, run } = s.pieces;
  for (const p of assignedTo(s, worker))
    takeBack.add(batchOf(s, p).id, start[p] as number, count[p] as number, run[p] as number);
}

/** Moves what can be moved now; gives the workers that have become free to leave. */
export function drain(s: State): Worker[] {
  const done: Worker[] = [];
  let heirs: readonly Worker[] | undefined;
  for (const worker of s.retiring) {
    const retirement = worker.retirement;
    if (!retirement || retirement.isDone) continue;
    const underWay = stillMoving(s, worker, retirement.moving);
    if (worker.heldHead !== NONE) {
      heirs ??= heirsOf(s);
      moveHeld(s, worker, retirement.moving, underWay, heirs);
    }
    retirement.isDone = isDrained(s, worker);
    if (!retirement.isDone) continue;
    done.push(worker);
    for (const p of s.replicas.keys()) forgetCopy(s, p, worker.number);
    for (const p of s.promises.keys()) keepPromise(s, p, worker);
  }
  return done;
}

function isDrained(s: State, { number, assignedTasks, heldHead }: Worker): boolean {
  if (assignedTasks > 0 || heldHead !== NONE) return false;
  for (const [p, { to }] of s.promises)
    if (to.has(number) && s.pieces.phase[p] !== Phase.finished) return false;
  return true;
}

/** Those that stay, the emptiest first. */
function heirsOf(s: State): Worker[] {
  const heirs = [...s.workers.values()].filter(({ retirement }) => !retirement);
  return heirs.sort((a, b) => a.heldBytes - b.heldBytes);
}

/** How many values are under way; what has moved is taken out. */
function stillMoving(s: State, worker: Worker, moving: Map<number, Move>): number {
  let underWay = 0;
  for (const [p, { generation, to }] of moving) {
    const isHere = s.pieces.generation[p] === generation && isHeldBy(s, p, worker);
    if (!isHere || hasMoved(s, p)) moving.delete(p);
    else if (to !== NONE) underWay++;
  }
  return underWay;
}

function moveHeld(
  s: State,
  worker: Worker,
  moving: Map<number, Move>,
  alreadyMoving: number,
  heirs: readonly Worker[],
): void {
  if (heirs.length === 0) return;
  let underWay = alreadyMoving;
  for (let p = worker.heldHead, next = NONE; p !== NONE && underWay < MOVING; p = next) {
    next = s.pieces.next[p] as number;
    const move = moving.get(p);
    if ((move && move.to !== NONE) || hasMoved(s, p)) continue;
    const heir = heirs[underWay++ % heirs.length] as Worker;
    order(s, p, worker, heir);
    const generation = s.pieces.generation[p] as number;
    moving.set(p, { generation, tries: (move?.tries ?? 0) + 1, to: heir.number });
  }
}

/** Names a worker that stays as the place of the value, if one has it; not while it is on its way to a client from here. */
function hasMoved(s: State, p: number): boolean {
  const copy = s.pieces.has(p, Flag.fetching) ? undefined : copyThatStays(s, p);
  if (!copy) return false;
  unlinkHeld(s, p);
  forgetCopy(s, p, copy.number);
  linkHeld(s, copy, p);
  return true;
}

function isHeldBy(s: State, p: number, { number }: Worker): boolean {
  return s.pieces.phase[p] === Phase.finished && s.pieces.worker[p] === number;
}

function copyThatStays(s: State, p: number): Worker | undefined {
  for (const number of s.replicas.get(p) ?? []) {
    const holder = s.workers.get(number);
    if (holder && !holder.retirement) return holder;
  }
  return undefined;
}

function order(s: State, p: number, from: Worker, heir: Worker): void {
  const { start, count } = s.pieces;
  const orders = ordersFor(s, heir);
  orders.keep.add(batchOf(s, p).id, start[p] as number, count[p] as number, from.number);
  orders.namesPeers = true;
}

/** `worker` has a copy of results that another one holds. What nobody knows of any more it need not keep, nor who was told to leave anything. */
export function copied(s: State, worker: Worker, batch: Batch, first: number, count: number): void {
  let known = first;
  isolate(s, batch, first, first + count, (p) => {
    const start = s.pieces.start[p] as number;
    drop(s, worker, batch, known, start);
    known = start + (s.pieces.count[p] as number);
    if (s.pieces.worker[p] === worker.number) return; // It has, or is making, what counts.
    if (s.pieces.phase[p] !== Phase.finished || worker.retirement?.isDone)
      drop(s, worker, batch, start, known);
    else addCopy(s, p, worker.number);
  });
  drop(s, worker, batch, known, first + count);
}

function drop(s: State, worker: Worker, batch: Batch, from: number, until: number): void {
  if (until > from) ordersFor(s, worker).drop.add(batch.id, from, until - from);
}

/** `target` could not fetch the value that was to move there; tells whether it may be had by another. */
export function mayMoveElsewhere(s: State, p: number, holder: number): boolean {
  const move = s.workers.get(holder)?.retirement?.moving.get(p);
  if (!move || move.tries >= MOST_TRIES) return false;
  move.to = NONE;
  return true;
}

/** What was on its way to a worker that is lost, or is to go itself, is to go elsewhere. */
export function movesLost(s: State, number: number): void {
  for (const { retirement } of s.retiring)
    for (const move of retirement?.moving.values() ?? []) if (move.to === number) move.to = NONE;
}

/**
 * Of these workers so many as cost least to lose, the cheapest first: those that hold the fewest bytes which are nowhere else, then those with
 * the least to do.
 */
export function cheapest(s: State, among: readonly string[], count: number): string[] {
  const known = among.flatMap((name) => s.workerByName.get(name) ?? []);
  const bytes = new Map(known.map((worker) => [worker, onlyCopyBytes(s, worker)]));
  known.sort(
    (a, b) => (bytes.get(a) as number) - (bytes.get(b) as number) || a.assignedMicros - b.assignedMicros,
  );
  return known.slice(0, count).map(({ name }) => name);
}

function onlyCopyBytes(s: State, worker: Worker): number {
  let bytes = worker.heldBytes;
  for (const [p] of s.replicas)
    if (s.pieces.worker[p] === worker.number) bytes -= s.pieces.bytes[p] as number;
  return bytes;
}

/** So many of those that have gone are remembered by name. */
const MOST_DEPARTED = 4_096;

export function depart({ departed }: State, name: string): void {
  departed.add(name);
  const [oldest] = departed;
  if (oldest !== undefined && departed.size > MOST_DEPARTED) departed.delete(oldest);
}
