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
import { assign } from './assign.ts';
import { collectInputs, eachShared, isMet } from './inputs.ts';
import type { Lane } from './lanes.ts';
import { keyOf } from './lifecycle.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { splitFront } from './split.ts';
import { batchOf, type State, type Worker } from './state.ts';

/** Work kept ahead on each thread, in microseconds: many round trips, yet little to wait for. */
const HORIZON_MICROS = 8_000;
/** A task shorter than this is fetched ahead, so that its thread does not wait for the next. */
const PREFETCHED_MICROS = 200_000;
/** What a task of unknown duration is taken for. */
const UNKNOWN_MICROS = 1_000;
/** No less is worth a message, in microseconds of work. */
const SMALLEST_MICROS = 500;
const MOST_TASKS = 8_192;
/** Moving a byte costs about this (1 GB/s), and a fetch a round trip. */
const MICROS_PER_BYTE = 0.001;
const FETCH_MICROS = 300;
/** Workers looked at for one piece; with more, a moving window of them. */
const PROBED = 32;
/** Deaths after which a task runs alone. */
const DEATHS_TO_ISOLATE = 2;

export function place(s: State): void {
  const hungry: Worker[] = [];
  for (const worker of s.workers.values()) {
    if (worker.reservedFor !== NONE && !isReserved(s, worker)) worker.reservedFor = NONE;
    if (isHungry(worker, UNKNOWN_MICROS)) hungry.push(worker);
  }
  if (s.alone.length > 0) serveAlone(s);
  if (hungry.length === 0) return;
  for (const worker of hungry) runAheadLater(s, worker);
  for (const lane of s.lanes.sorted) if (lane.queue.length > 0) serve(s, lane, hungry);
}

/** The piece that a worker is kept free for may have gone another way since. */
function isReserved(s: State, { number, reservedFor }: Worker): boolean {
  const phase = s.pieces.phase[reservedFor];
  if (phase === Phase.ready) return (s.pieces.deaths[reservedFor] as number) >= DEATHS_TO_ISOLATE;
  return phase === Phase.assigned && s.pieces.worker[reservedFor] === number;
}

function serve(s: State, lane: Lane, hungry: Worker[]): void {
  for (let p = nextReady(s, lane); p !== NONE; p = nextReady(s, lane)) {
    const worker = choose(s, lane, p, hungry);
    if (!worker) return;
    const placed = take(s, lane, p, worker);
    assign(s, placed, worker, microsOf(s, placed));
  }
}

/** Gives each suspect of two deaths a worker of its own, or keeps one free of other work until it has none. */
function serveAlone(s: State): void {
  for (const p of s.alone.splice(0)) {
    if (s.pieces.phase[p] !== Phase.ready || !isMet(s, p)) {
      s.pieces.clear(p, Flag.queued);
      continue;
    }
    const worker = emptyWorker(s, batchOf(s, p).lane, p);
    const rest = !worker || (s.pieces.count[p] as number) > 1;
    if (rest) s.alone.push(p);
    else s.pieces.clear(p, Flag.queued);
    if (!worker) continue;
    const placed = rest ? splitFront(s, p, 1) : p;
    assign(s, placed, worker, microsOf(s, placed));
    worker.reservedFor = placed;
  }
}

/** The first piece of the lane that may start; stale entries are passed over. */
function nextReady(s: State, lane: Lane): number {
  const { queue } = lane;
  while (queue.length > 0) {
    const p = queue.top();
    const ready = s.pieces.phase[p] === Phase.ready && isMet(s, p);
    const alone = (s.pieces.deaths[p] as number) >= DEATHS_TO_ISOLATE;
    if (ready && !alone) return p;
    queue.pop();
    if (ready) {
      s.alone.push(p);
      continue;
    }
    s.pieces.clear(p, Flag.queued);
    if (s.pieces.phase[p] === Phase.ready) s.pieces.phase[p] = Phase.waiting;
  }
  return NONE;
}

/** Takes from the lane as much of its first piece as `worker` is to get now. */
function take(s: State, lane: Lane, p: number, worker: Worker): number {
  const size = chunk(s, p, worker, lane);
  if (size < (s.pieces.count[p] as number)) {
    const front = splitFront(s, p, size);
    lane.queue.rekeyTop(keyOf(batchOf(s, p), s.pieces.start[p] as number));
    return front;
  }
  lane.queue.pop();
  s.pieces.clear(p, Flag.queued);
  return p;
}

/** Run time of one task, as far as a thread that shares itself between async tasks is concerned. */
function microsOf(s: State, p: number): number {
  const { profile, options } = batchOf(s, p);
  return (profile.micros || UNKNOWN_MICROS) / (options.concurrency ?? 1);
}

function chunk(s: State, p: number, worker: Worker, lane: Lane): number {
  const { profile, options } = batchOf(s, p);
  const count = s.pieces.count[p] as number;
  if (count === 1 || s.pieces.deaths[p]! > 0) return 1;
  const slots = worker.threads * (options.concurrency ?? 1);
  const affordable = affords(worker, lane);
  if (profile.micros === 0) return Math.min(count, affordable, Math.max(1, 2 * slots - worker.assignedTasks));
  const micros = microsOf(s, p);
  const room = Math.floor((2 * HORIZON_MICROS * worker.threads - worker.assignedMicros) / micros);
  const fair = Math.ceil(count / (2 * allThreads(s)));
  const least = Math.ceil(SMALLEST_MICROS / micros);
  return Math.max(
    1,
    Math.min(
      count,
      affordable,
      MOST_TASKS,
      Math.max(room, slots - worker.assignedTasks),
      Math.max(fair, least),
    ),
  );
}

function allThreads(s: State): number {
  let threads = 0;
  for (const worker of s.workers.values()) threads += worker.threads;
  return threads;
}

/** How many tasks of this lane the worker has resources for. */
function affords(worker: Worker, lane: Lane): number {
  let most = Number.MAX_SAFE_INTEGER;
  for (const [name, amount] of lane.resources)
    most = Math.min(most, Math.floor((worker.free.get(name) ?? 0) / amount));
  return most;
}

function isHungry(worker: Worker, micros: number, concurrency = 1): boolean {
  if (worker.reservedFor !== NONE) return false;
  const slots = worker.threads * concurrency;
  if (worker.assignedTasks < slots) return true;
  if (worker.assignedMicros < HORIZON_MICROS * worker.threads) return true;
  return worker.assignedTasks < 2 * slots && micros < PREFETCHED_MICROS;
}

export function mayRun(worker: Worker, lane: Lane): boolean {
  return (
    (!lane.workers || lane.workers.has(worker.name)) &&
    (lane.resources.length === 0 || affords(worker, lane) >= 1)
  );
}

/** A worker with nothing to do; if there is none, one is kept free of other work until it has nothing to do. */
function emptyWorker(s: State, lane: Lane, p: number): Worker | undefined {
  let best: Worker | undefined;
  for (const worker of s.workers.values()) {
    if (!mayRun(worker, lane) || (worker.reservedFor !== NONE && worker.reservedFor !== p)) continue;
    if (worker.assignedTasks === 0) return worker;
    if (!best || worker.assignedMicros < best.assignedMicros || worker.reservedFor === p) best = worker;
  }
  if (best) best.reservedFor = p;
  return undefined;
}

/** Filled and emptied within one call of choose. */
const inputs: number[] = [];
const holders: Worker[] = [];

/** The worker where the piece would be done first: its backlog, and what it would have to fetch. */
function choose(s: State, lane: Lane, p: number, hungry: Worker[]): Worker | undefined {
  const batch = batchOf(s, p);
  const micros = microsOf(s, p);
  const total = findHolders(s, p);
  let best: Worker | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  const from = hungry.length > PROBED ? s.nextRun % hungry.length : 0;
  const probes = Math.min(hungry.length, PROBED);
  for (let i = 0; i < probes + holders.length; i++) {
    const worker = (i < probes ? hungry[(from + i) % hungry.length] : holders[i - probes]) as Worker;
    const hasRoom = i < probes ? isHungry(worker, micros, batch.options.concurrency) : isBearable(worker);
    if (!hasRoom) continue;
    const cost = worker.assignedMicros / worker.threads + fetchMicros(total - worker.bytesHere);
    if (cost >= bestCost || worker.reservedFor !== NONE || !mayRun(worker, lane)) continue;
    best = worker;
    bestCost = cost;
  }
  for (const worker of holders) worker.bytesHere = 0;
  holders.length = 0;
  return best;
}

function fetchMicros(bytes: number): number {
  return bytes > 0 ? FETCH_MICROS + bytes * MICROS_PER_BYTE : 0;
}

/** Not hungry, yet near enough to it that waiting there may beat moving data. */
function isBearable(worker: Worker): boolean {
  return worker.assignedMicros < 4 * HORIZON_MICROS * worker.threads;
}

/** Notes on each worker how much it has of what the piece needs; gives the sum. */
function findHolders(s: State, p: number): number {
  const batch = batchOf(s, p);
  collectInputs(s, p, inputs);
  if (batch.shared.length > 0) eachShared(s, batch, (up) => void inputs.push(up));
  let total = 0;
  for (let i = 0; i < inputs.length; i++) {
    const up = inputs[i] as number;
    // Even a tiny input costs a round trip elsewhere.
    const bytes = (s.pieces.bytes[up] as number) + 1;
    total += bytes;
    noteHolder(s.roster[s.pieces.worker[up] as number], bytes);
    const replicas = s.replicas.size > 0 ? s.replicas.get(up) : undefined;
    if (replicas) for (const other of replicas) noteHolder(s.roster[other], bytes);
  }
  inputs.length = 0;
  return total;
}

function noteHolder(worker: Worker | undefined, bytes: number): void {
  if (!worker) return;
  if (worker.bytesHere === 0) holders.push(worker);
  worker.bytesHere += bytes;
}

/** Tasks that wait only for what this worker is making may follow it there, so that a chain costs no hop for each link. */
function runAheadLater(s: State, worker: Worker): void {
  while (worker.later.length > 0 && isHungry(worker, UNKNOWN_MICROS))
    runAhead(s, worker.later.pop() as number, worker);
}

/** Assigns a waiting piece to `worker` if all its unfinished inputs are assigned there. */
export function runAhead(s: State, p: number, worker: Worker): void {
  const { pieces } = s;
  if (pieces.phase[p] !== Phase.waiting || pieces.deaths[p]! > 0 || !isFollower(s, p, worker)) return;
  if (!isHungry(worker, microsOf(s, p))) {
    if (worker.later.length < MOST_LATER) worker.later.push(p);
    return;
  }
  assign(s, p, worker, microsOf(s, p));
}

/** Candidates remembered for each worker; more only costs a bubble. */
const MOST_LATER = 4_096;
/** Wider fan-ins are no chains, and looking at all their inputs for each of them would cost too much. */
const MOST_INPUTS = 8;

function isFollower(s: State, p: number, worker: Worker): boolean {
  const batch = batchOf(s, p);
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
