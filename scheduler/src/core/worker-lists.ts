/** The two lists of each worker, through the pieces themselves: what is assigned to it, in order, and what it holds. */
import { startable } from './capacity.ts';
import { NONE, Phase } from './pieces.ts';
import { batchOf, mayTakeMore, type State, type Worker } from './state.ts';

export function workerOf(s: State, p: number): Worker | undefined {
  return s.roster[s.pieces.worker[p] as number];
}

/** Appends `p`, whose phase is assigned already. */
export function linkAssigned(s: State, worker: Worker, p: number): void {
  const { next, previous, worker: workers, count, micros } = s.pieces;
  workers[p] = worker.number;
  previous[p] = worker.assignedTail;
  next[p] = NONE;
  if (worker.assignedTail === NONE) worker.assignedHead = p;
  else next[worker.assignedTail] = p;
  worker.assignedTail = p;
  worker.assignedTasks += count[p] as number;
  if (s.pieces.unmet[p] !== 0) worker.aheadTasks += count[p] as number;
  worker.assignedMicros += micros[p] as number;
  for (const [name, amount] of batchOf(s, p).lane.resources) {
    worker.free.set(name, (worker.free.get(name) ?? 0) - amount * (count[p] as number));
  }
  if (worker.isCandidate) s.fed++;
  mayHaveTooMuch(s, worker);
}

/** `worker` has more than before that waits for nothing but a thread. */
export function mayHaveTooMuch(s: State, worker: Worker): void {
  if (worker.isCrowded || startable(worker) <= worker.threads) return;
  worker.isCrowded = true;
  s.crowded.push(worker);
}

export function unlinkAssigned(s: State, p: number): void {
  const worker = workerOf(s, p) as Worker;
  const { next, previous, count, micros } = s.pieces;
  const before = previous[p] as number;
  const after = next[p] as number;
  if (before === NONE) worker.assignedHead = after;
  else next[before] = after;
  if (after === NONE) worker.assignedTail = before;
  else previous[after] = before;
  worker.assignedTasks -= count[p] as number;
  if (s.pieces.unmet[p] !== 0) worker.aheadTasks -= count[p] as number;
  // Sums of fractions drift; an idle worker has exactly nothing to do.
  worker.assignedMicros =
    worker.assignedTasks === 0 ? 0 : Math.max(0, worker.assignedMicros - (micros[p] as number));
  for (const [name, amount] of batchOf(s, p).lane.resources) {
    worker.free.set(name, (worker.free.get(name) ?? 0) + amount * (count[p] as number));
  }
  if (worker.reservedFor === p) worker.reservedFor = NONE;
  mayTakeMore(s, worker);
  next[p] = NONE;
  previous[p] = NONE;
}

export function linkHeld(s: State, worker: Worker, p: number): void {
  const { next, previous, worker: workers, bytes } = s.pieces;
  workers[p] = worker.number;
  previous[p] = NONE;
  next[p] = worker.heldHead;
  if (worker.heldHead !== NONE) previous[worker.heldHead] = p;
  worker.heldHead = p;
  worker.heldBytes += bytes[p] as number;
}

export function unlinkHeld(s: State, p: number): void {
  const worker = workerOf(s, p) as Worker;
  const { next, previous, bytes } = s.pieces;
  const before = previous[p] as number;
  const after = next[p] as number;
  if (before === NONE) worker.heldHead = after;
  else next[before] = after;
  if (after !== NONE) previous[after] = before;
  worker.heldBytes -= bytes[p] as number;
  next[p] = NONE;
  previous[p] = NONE;
}

/** A piece cut off `p` joins the list that `p` is in, right before it; sums stay as they are. */
export function linkBefore(s: State, p: number, front: number): void {
  const { next, previous, phase } = s.pieces;
  const worker = workerOf(s, p) as Worker;
  const before = previous[p] as number;
  previous[front] = before;
  next[front] = p;
  previous[p] = front;
  if (before !== NONE) next[before] = front;
  else if (phase[p] === Phase.assigned) worker.assignedHead = front;
  else worker.heldHead = front;
}

export function assignedTo(s: State, worker: Worker): number[] {
  return listed(s, worker.assignedHead);
}

export function heldBy(s: State, worker: Worker): number[] {
  return listed(s, worker.heldHead);
}

function listed(s: State, head: number): number[] {
  const out: number[] = [];
  for (let p = head; p !== NONE; p = s.pieces.next[p] as number) out.push(p);
  return out;
}
