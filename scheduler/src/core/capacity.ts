/** How much work a worker is to have, and what it can take. */

import type { Lane } from './lanes.ts';
import { NONE } from './pieces.ts';
import { batchOf, type State, type Worker } from './state.ts';

/** A backlog of so many horizons may be better than moving data. */
const BEARABLE = 4;
/** A task shorter than this is fetched ahead, so that its thread does not wait for the next. */
const PREFETCHED_MICROS = 200_000;
/** Code and arguments that one worker is given in one step, in bytes: more may be more than waits for its credit. */
const STEP_BYTES = 32 * 1024 * 1024;
/** What a task of unknown duration is taken for. */
const UNKNOWN_MICROS = 1_000;

/** Run time of one task. */
export function durationMicros(s: State, p: number): number {
  return batchOf(s, p).call.profile.micros || UNKNOWN_MICROS;
}

/** Tasks of this lane that may share a thread of the worker. */
export function sharing(worker: Worker, lane: Lane): number {
  return lane.concurrency ?? worker.concurrency;
}

/** Tasks of this lane that may run at once on all workers together. */
export function slotsOfAll(s: State, { concurrency }: Lane): number {
  return concurrency === undefined ? s.slots : s.threads * concurrency;
}

/** What one task adds to the backlog of a thread of the worker, which async tasks share. */
export function loadMicros(s: State, p: number, worker: Worker): number {
  return durationMicros(s, p) / sharing(worker, batchOf(s, p).lane);
}

/** Does it take in what it is given. */
function takesMore({ reservedFor, retirement, writable }: Worker): boolean {
  return reservedFor === NONE && !retirement && writable;
}

/** Was it given as much in this step as should go at once; the rest it gets once it has taken that. */
export function hasMuchToTake({ orders }: Worker): boolean {
  return orders.newBytes >= STEP_BYTES;
}

/** Tasks of a worker that wait for nothing but a thread. */
export function startable(worker: Worker): number {
  return worker.assignedTasks - worker.aheadTasks;
}

/** Is it to get more tasks of so many microseconds: a thread has nothing to do, or soon will. */
export function isHungry(worker: Worker, micros: number, concurrency: number): boolean {
  if (!takesMore(worker)) return false;
  return startable(worker) < worker.threads * concurrency || hasRoom(worker, micros, concurrency);
}

/** May it be hungry for a task of some lane, however short. */
export function mayBeHungry(s: State, worker: Worker): boolean {
  return isHungry(worker, 0, Math.max(s.mostConcurrency, worker.concurrency));
}

/** May tasks be put behind what it has: they wait for it anyway, so idle threads are no reason. */
export function hasRoomAhead(worker: Worker, micros: number, concurrency: number): boolean {
  if (!takesMore(worker) || hasMuchToTake(worker)) return false;
  return worker.assignedTasks < worker.threads * concurrency || hasRoom(worker, micros, concurrency);
}

function hasRoom(worker: Worker, micros: number, concurrency: number): boolean {
  if (worker.assignedMicros < worker.horizonMicros) return true;
  return worker.assignedTasks < 2 * worker.threads * concurrency && micros < PREFETCHED_MICROS;
}

/** What may be added to its backlog at once: to a hungry worker more, so that it is not asked again soon. */
export function roomMicros(worker: Worker): number {
  const most = worker.assignedMicros < worker.horizonMicros ? 2 : BEARABLE;
  return most * worker.horizonMicros - worker.assignedMicros;
}

/** Not hungry, yet near enough to it that waiting there may beat moving data. */
export function isBearable(worker: Worker): boolean {
  if (!takesMore(worker)) return false;
  return worker.assignedMicros < BEARABLE * worker.horizonMicros;
}

/** Tenths that are taken and given back do not add up to what they were. */
const ROUNDING = 1e-9;

/** How many tasks of this lane the worker has resources for. */
export function affords(worker: Worker, lane: Lane): number {
  let most = Number.MAX_SAFE_INTEGER;
  for (const [name, amount] of lane.resources)
    most = Math.min(most, Math.floor((worker.free.get(name) ?? 0) / amount + ROUNDING));
  return most;
}

/** Might the worker run tasks of this lane, were it not for others. */
export function offers({ name, resources }: Worker, lane: Lane): boolean {
  if (lane.workers && !lane.workers.has(name)) return false;
  return lane.resources.every(([what, amount]) => (resources[what] ?? 0) >= amount);
}

export function mayRun(worker: Worker, lane: Lane): boolean {
  return (
    !worker.retirement &&
    (!lane.workers || lane.workers.has(worker.name)) &&
    (lane.resources.length === 0 || affords(worker, lane) >= 1)
  );
}
