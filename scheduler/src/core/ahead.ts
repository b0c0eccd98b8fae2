/**
 * Running ahead: tasks that wait only for what a worker is making may follow it there, so that a chain costs no hop for each link.
 *
 * 1. A piece that runs ahead is assigned while `unmet` > 0; all its unfinished inputs are assigned to the same worker before it.
 * 2. No deeper than a worker is fed with anything else; what finds no room is tried again when there is some.
 */
import { assign } from './assign.ts';
import { durationMicros, hasRoomAhead, sharing } from './capacity.ts';
import { collectAllInputs } from './inputs.ts';
import { NumberList } from './list.ts';
import { NONE, Phase } from './pieces.ts';
import { batchOf, type State, type Worker } from './state.ts';

/** Candidates remembered for each worker; more only costs a bubble. */
const MOST_LATER = 4_096;
/** Wider fan-ins are no chains, and looking at all their inputs for each of them would cost too much. */
const MOST_INPUTS = 8;

/** Candidates, the next one last. Empty between calls; a list for each piece would cost more than the looking. */
const candidates = new NumberList();
/** Inputs of one piece. Filled and emptied within one call. */
const inputs = new NumberList();

/** Places `p`, which needs `needed`, on `worker`, and behind it what waited only for that. */
export function assignWithFollowers(s: State, p: number, worker: Worker, needed: NumberList): void {
  assign(s, p, worker, needed);
  if (s.pieces.edges[p] === NONE) return;
  noteFollowers(s, p);
  runCandidates(s, worker);
}

/** There is room again; the first candidate that finds none after all ends it. */
export function runAheadLater(s: State, worker: Worker): void {
  const { later } = worker;
  for (let left = later.length; left > 0 && hasRoomAhead(worker, 0, worker.concurrency); left--) {
    candidates.push(later.pop() as number);
    runCandidates(s, worker);
    if (later.length >= left) return;
  }
}

/** Depth first, so that the links of a chain follow each other. */
function runCandidates(s: State, worker: Worker): void {
  for (let p = candidates.pop(); p !== undefined; p = candidates.pop())
    if (runAhead(s, p, worker)) noteFollowers(s, p);
}

/** Edges are kept newest first, so the oldest comes to be the next candidate. */
function noteFollowers(s: State, p: number): void {
  const { pieces, edges } = s;
  for (
    let e = edges.living(pieces, pieces.edges[p] as number);
    e !== NONE;
    e = edges.living(pieces, edges.after(e))
  ) {
    const target = edges.target(e);
    if (target >= 0 && pieces.phase[target] === Phase.waiting) candidates.push(target);
  }
}

function runAhead(s: State, p: number, worker: Worker): boolean {
  const { pieces } = s;
  if (pieces.phase[p] !== Phase.waiting || pieces.deaths[p]! > 0 || !isFollower(s, p, worker)) return false;
  const concurrency = sharing(worker, batchOf(s, p).lane);
  const hasRoom = hasRoomAhead(worker, durationMicros(s, p), concurrency);
  if (!hasRoom) {
    if (worker.later.length < MOST_LATER) worker.later.push(p);
    return false;
  }
  collectAllInputs(s, p, inputs);
  assign(s, p, worker, inputs);
  inputs.length = 0;
  return true;
}

function isFollower(s: State, p: number, worker: Worker): boolean {
  const batch = batchOf(s, p);
  // Its row may be another's by now, such as that of scattered data that is on its way.
  if (batch.depStart.length === 0) return false;
  if (batch.sharedUnmet > 0 || batch.zips.length > 0 || batch.lane.workers || batch.lane.resources.length > 0)
    return false;
  const { phase, worker: workers, start } = s.pieces;
  const { depStart, depPiece } = batch;
  const from = depStart[start[p] as number] as number;
  const to = depStart[(start[p] as number) + 1] as number;
  if (to - from > MOST_INPUTS) return false;
  for (let row = from; row < to; row++) {
    const up = depPiece[row] as number;
    if (up === NONE) return false;
    if (phase[up] !== Phase.finished && (phase[up] !== Phase.assigned || workers[up] !== worker.number))
      return false;
  }
  return true;
}
