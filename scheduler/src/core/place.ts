/**
 * Which ready piece goes to which worker, and how much of it at once.
 *
 * 1. Lanes are served by priority; within one, what was submitted first.
 * 2. A worker is fed ahead by measured duration, so that it never idles for a round trip, and no deeper: what is on the scheduler can go
 *    to whoever is free. What was fed too deep is taken back (steal.ts).
 * 3. A map is cut as it is placed: half of a fair share at a time (guided self-scheduling, Polychronopoulos and Kuck 1987), so that its
 *    end is spread evenly.
 * 4. A task that was twice in a death runs alone on its worker, so that the third death has one culprit.
 */

import { assignWithFollowers, runAheadLater } from './ahead.ts';
import { assign } from './assign.ts';
import {
  affords,
  durationMicros,
  hasMuchToTake,
  isBearable,
  isHungry,
  loadMicros,
  mayBeHungry,
  mayRun,
  roomMicros,
  sharing,
  slotsOfAll,
  startable,
} from './capacity.ts';
import { collectAllInputs, isMet } from './inputs.ts';
import type { Lane } from './lanes.ts';
import { DEATHS_TO_ISOLATE, keyOf } from './lifecycle.ts';
import { NumberList, shorten } from './list.ts';
import { fetchMicros, findHolders, forgetHolders } from './locality.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { splitFront } from './split.ts';
import { batchOf, mayTakeMore, type State, type Worker } from './state.ts';

/** No less is worth a message, in microseconds of work. */
const SMALLEST_MICROS = 500;
const MOST_TASKS = 8_192;
/**
 * Workers looked at for one piece; with more, a moving window of them. The longest queue shrinks with the logarithm of how many are
 * looked at, and most of that is gained by the second (Mitzenmacher, The Power of Two Choices, 2001).
 */
const PROBED = 4;
/** Candidates are swept when one in so many may have enough: with thousands of them, to look at each in every step costs more than it saves. */
const FED_SHARE = 4;

/** Lanes that found no room are told of up to so many, those of the highest priority. */
const MOST_BLOCKED = 4;
const blocked: Lane[] = [];

/** Gives the first lanes with something that could start and found no room; until the next call. */
export function place(s: State): readonly Lane[] {
  for (const worker of s.reserved) if (!isReserved(s, worker)) letGo(s, worker);
  serveAlone(s);
  for (const worker of s.roomier) runAheadLater(s, worker);
  shorten(s.roomier, 0);
  shorten(blocked, 0);
  for (const lane of s.lanes.waiting())
    if (serve(s, lane) !== NONE && blocked.length < MOST_BLOCKED) blocked.push(lane);
  leaveCandidates(s);
  return blocked;
}

/** Who has enough to do is not looked at again until that changes. */
function leaveCandidates(s: State): void {
  if (s.fed * FED_SHARE < s.candidates.length) return;
  s.fed = 0;
  let kept = 0;
  for (const worker of s.candidates) {
    worker.isCandidate = mayBeHungry(s, worker);
    if (worker.isCandidate) s.candidates[kept++] = worker;
  }
  shorten(s.candidates, kept);
}

function reserve(s: State, worker: Worker, p: number): void {
  worker.reservedFor = p;
  s.reserved.add(worker);
}

function letGo(s: State, worker: Worker): void {
  worker.reservedFor = NONE;
  s.reserved.delete(worker);
  mayTakeMore(s, worker);
}

/** The piece that a worker is kept free for may have gone another way since. */
function isReserved(s: State, { number, reservedFor }: Worker): boolean {
  if (reservedFor === NONE) return false;
  const phase = s.pieces.phase[reservedFor];
  if (phase === Phase.ready) return (s.pieces.deaths[reservedFor] as number) >= DEATHS_TO_ISOLATE;
  return phase === Phase.assigned && s.pieces.worker[reservedFor] === number;
}

/** Filled and emptied within one call. */
const named: Worker[] = [];
const holders = new NumberList();
const inputs = new NumberList();

/** Gives the piece that found no room, NONE when all have. */
function serve(s: State, lane: Lane): number {
  const among = lane.workers ? candidatesNamed(s, lane.workers) : s.candidates;
  let p = nextReady(s, lane);
  for (; p !== NONE && among.length > 0; p = nextReady(s, lane)) {
    collectAllInputs(s, p, inputs);
    const worker = choose(s, lane, p, among);
    if (!worker) break;
    const placed = take(s, lane, p, worker);
    if (placed !== p) collectInputsOfPart(s, placed);
    assignWithFollowers(s, placed, worker, inputs);
    batchOf(s, p).near = worker.number;
    inputs.length = 0;
  }
  inputs.length = 0;
  shorten(named, 0);
  return p;
}

function collectInputsOfPart(s: State, p: number): void {
  inputs.length = 0;
  collectAllInputs(s, p, inputs);
}

function candidatesNamed(s: State, names: Iterable<string>): readonly Worker[] {
  for (const name of names) {
    const worker = s.workerByName.get(name);
    if (worker?.isCandidate) named.push(worker);
  }
  return named;
}

/** Gives each suspect of two deaths a worker of its own, or keeps one free of other work until it has none. */
function serveAlone(s: State): void {
  if (s.alone.length === 0) return;
  for (const suspect of s.alone.splice(0)) {
    const { piece: p, generation } = suspect;
    if (s.pieces.generation[p] !== generation) continue;
    if (s.pieces.phase[p] !== Phase.ready || !isMet(s, p)) {
      leaveQueue(s, p);
      continue;
    }
    const worker = emptyWorker(s, batchOf(s, p).lane, p);
    const rest = !worker || (s.pieces.count[p] as number) > 1;
    if (rest) s.alone.push(suspect);
    else s.pieces.clear(p, Flag.queued);
    if (!worker) continue;
    const placed = rest ? splitFront(s, p, 1) : p;
    collectAllInputs(s, placed, inputs);
    assign(s, placed, worker, inputs);
    inputs.length = 0;
    reserve(s, worker, placed);
  }
}

/** The first piece of the lane that may start; stale entries are passed over, and one that lost its front is put in its place. */
function nextReady(s: State, lane: Lane): number {
  const { queue } = lane;
  const { pieces } = s;
  while (queue.length > 0) {
    const p = queue.top();
    const ready = pieces.phase[p] === Phase.ready && isMet(s, p);
    if (queue.topGeneration() !== pieces.generation[p]) queue.pop();
    else if (!ready) leaveQueue(s, queue.pop());
    else {
      const key = keyOf(batchOf(s, p), pieces.start[p] as number);
      if (queue.topKey() === key) return p;
      queue.rekeyTop(key);
    }
  }
  return NONE;
}

/** An entry that cannot start now: it is queued again when it can. */
function leaveQueue(s: State, p: number): void {
  s.pieces.clear(p, Flag.queued);
  if (s.pieces.phase[p] === Phase.ready) s.pieces.phase[p] = Phase.waiting;
}

/** Takes from the lane as much of its first piece as `worker` is to get now. */
function take(s: State, lane: Lane, p: number, worker: Worker): number {
  const size = chunk(s, p, worker, lane);
  if (size < (s.pieces.count[p] as number)) return splitFront(s, p, size);
  lane.queue.pop();
  s.pieces.clear(p, Flag.queued);
  return p;
}

function chunk(s: State, p: number, worker: Worker, lane: Lane): number {
  const count = s.pieces.count[p] as number;
  if (count === 1 || s.pieces.deaths[p]! > 0) return 1;
  const slots = worker.threads * sharing(worker, lane);
  const most = Math.min(count, affords(worker, lane), MOST_TASKS);
  // Nothing is known of it: one for each slot, so that many workers share what may be long.
  if (batchOf(s, p).call.profile.micros === 0) return Math.max(1, Math.min(most, slots));
  const micros = loadMicros(s, p, worker);
  const room = Math.floor(roomMicros(worker) / micros);
  const fair = Math.ceil(count / (2 * slotsOfAll(s, lane)));
  const least = Math.ceil(SMALLEST_MICROS / micros);
  return Math.max(1, Math.min(most, Math.max(room, least, slots - startable(worker)), Math.max(fair, least)));
}

/** A worker with nothing to do; if there is none, one is kept free of other work until it has nothing to do. */
function emptyWorker(s: State, lane: Lane, p: number): Worker | undefined {
  let best: Worker | undefined;
  for (const worker of s.workers.values()) {
    if (!mayRun(worker, lane) || (worker.reservedFor !== NONE && worker.reservedFor !== p)) continue;
    if (worker.assignedTasks === 0) return worker;
    if (!best || worker.assignedMicros < best.assignedMicros || worker.reservedFor === p) best = worker;
  }
  if (best) reserve(s, best, p);
  return undefined;
}

/** The worker where the piece would be done first: its backlog, and what it would have to fetch of `inputs`. */
function choose(s: State, lane: Lane, p: number, among: readonly Worker[]): Worker | undefined {
  const micros = durationMicros(s, p);
  const { near } = batchOf(s, p);
  const together = nearMicros(s, p);
  const total = findHolders(s, inputs, holders);
  let best: Worker | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  const { length } = among;
  let next = length > PROBED ? s.nextRun % length : 0;
  // Nobody that was looked at may be one that can run it.
  for (let i = near === NONE ? 0 : -1; i < length && (i < PROBED || !best); i++) {
    const worker = i < 0 ? s.roster[near] : among[next];
    if (i >= 0 && ++next === length) next = 0;
    if (!worker) continue;
    const cost = costAt(worker, total) - (worker.number === near ? together : 0);
    // Most cost more than one before: whether they have room need not be known.
    if (cost >= bestCost || !mayRun(worker, lane) || hasMuchToTake(worker)) continue;
    if (!isHungry(worker, micros, sharing(worker, lane))) continue;
    best = worker;
    bestCost = cost;
  }
  for (let i = 0; i < holders.length; i++) {
    const worker = s.roster[holders.at(i)] as Worker;
    const cost = costAt(worker, total) - (worker.number === near ? together : 0);
    if (cost >= bestCost || !mayRun(worker, lane) || hasMuchToTake(worker) || !isBearable(worker)) continue;
    best = worker;
    bestCost = cost;
  }
  forgetHolders(s, holders);
  return best;
}

/** How long until it would be done with what it has, and has what it would have to fetch. */
function costAt({ assignedMicros, threads, bytesHere }: Worker, total: number): number {
  return assignedMicros / threads + fetchMicros(total - bytesHere);
}

/** How much longer a piece may wait to be where the one before it is: what needs one often needs the other. Less than its fair share. */
function nearMicros(s: State, p: number): number {
  const { count, lane } = batchOf(s, p);
  return Math.min(SMALLEST_MICROS, (durationMicros(s, p) * count) / (2 * slotsOfAll(s, lane)));
}
