/** What workers say, but for results (on-finished.ts). */
import type { Data, Erred, HandedBack, InputMissing, MessageOf } from '@taskloom/protocol';
import { pieceAt } from './batch.ts';
import { own } from './bytes.ts';
import { batchOfRow, eachCurrent } from './current.ts';
import { deliver, fetched, sendBlock } from './deliver.ts';
import { depart, mayMoveElsewhere, movesLost } from './drain.ts';
import { dropAt } from './forget.ts';
import { fail, failWith, readyIfMet, unassign, unfinish } from './lifecycle.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { forgetCopy } from './replicas.ts';
import { placeScattered, promisesLost } from './scatter.ts';
import { overlapping } from './split.ts';
import { countThreads, mayTakeMore, newWorker, type State, type Worker } from './state.ts';
import { assignedTo, linkHeld, unlinkAssigned, unlinkHeld } from './worker-lists.ts';

/** What the column of attempts can count. */
const MOST_RETRIES = 0xffff;
/** A task whose worker died so often fails. */
export const MOST_DEATHS = 3;
/** So often a value is made that a worker cannot have from those that hold it. */
const MOST_MISSES = 3;

export function workerJoined(s: State, about: Parameters<typeof newWorker>[0]): void {
  const worker = newWorker(about, s);
  s.workers.set(about.number, worker);
  s.workerByName.set(worker.name, worker);
  s.roster[about.number] = worker;
  s.departed.delete(worker.name);
  countThreads(s, worker, 1);
  mayTakeMore(s, worker);
  s.workersChanged = true;
  placeScattered(s);
}

/** Who does not take what was sent to it gets no more to do. */
export function creditChanged(s: State, number: number, writable: boolean): void {
  const worker = s.workers.get(number);
  if (!worker) return;
  worker.writable = writable;
  if (writable) mayTakeMore(s, worker);
}

/** What ran there runs elsewhere; what only it held is computed again if somebody needs it. */
export function workerLost(s: State, number: number, reason: string): void {
  const worker = s.workers.get(number);
  if (!worker) return;
  const assigned = assignedTo(s, worker);
  for (const p of assigned) surviveDeath(s, p, worker, reason);
  for (const p of s.replicas.keys()) forgetCopy(s, p, number);
  // What one of them loses may cut another in two.
  while (worker.heldHead !== NONE) {
    // Who could not have it from a worker that was about to be lost may have it from the next.
    s.misses.delete(worker.heldHead);
    loseCopy(s, worker.heldHead);
  }
  s.workers.delete(number);
  s.workerByName.delete(worker.name);
  s.roster[number] = undefined;
  if (!worker.retirement) countThreads(s, worker, -1);
  s.retiring.delete(worker);
  if (worker.retirement?.isDone) depart(s, worker.name);
  movesLost(s, number);
  const stays = (other: Worker) => other !== worker;
  s.candidates = s.candidates.filter(stays);
  s.roomier = s.roomier.filter(stays);
  s.crowded = s.crowded.filter(stays);
  s.ordered = s.ordered.filter(stays);
  s.reserved.delete(worker);
  promisesLost(s, number);
  placeScattered(s);
  for (const batch of s.batchById.values()) batch.sentTo?.delete(number);
  s.workersChanged = true;
}

function surviveDeath(s: State, p: number, worker: Worker, reason: string): void {
  if (s.pieces.phase[p] !== Phase.assigned || s.pieces.worker[p] !== worker.number) return;
  // What ran ahead of its inputs had not started; and who was asked to go did not die of its tasks.
  if (s.pieces.unmet[p] === 0 && !worker.retirement) s.pieces.deaths[p]!++;
  const deaths = s.pieces.deaths[p] as number;
  unlinkAssigned(s, p);
  s.pieces.phase[p] = Phase.waiting;
  if (deaths < MOST_DEATHS) {
    s.pieces.worker[p] = NONE;
    readyIfMet(s, p);
    return;
  }
  const message = `the worker died ${deaths} times while it ran this task (last: ${worker.name}, ${reason}): does it exhaust memory, crash native code or call process.kill?`;
  failWith(s, p, { code: 'worker-died', message });
  s.pieces.worker[p] = NONE;
}

/** The worker that `p` names has the value no more. */
function loseCopy(s: State, p: number): void {
  const others = s.replicas.get(p);
  const heir = others && s.workers.get(others.values().next().value as number);
  if (!heir) return unfinish(s, p);
  unlinkHeld(s, p);
  forgetCopy(s, p, heir.number);
  linkHeld(s, heir, p);
  if (s.pieces.has(p, Flag.fetching)) {
    fetched(s, p);
    deliver(s, p);
  }
}

/** What it could not hand back may have become possible. */
export function mayBeAskedAgain(worker: Worker): void {
  if (worker.robbed === 'refused') worker.robbed = 'no';
}

/** The task's own failure: run again while it has retries left. */
export function erred(s: State, worker: Worker, message: MessageOf<typeof Erred>): void {
  for (let i = 0; i < message.batch.length; i++) {
    const batch = batchOfRow(s, message, i);
    if (!batch) continue;
    const error = own(message.sections[i] as Uint8Array);
    eachCurrent(s, worker, batch, message, i, (p) => {
      if ((s.pieces.attempt[p] as number) < Math.min(batch.call.options.retries ?? 0, MOST_RETRIES)) {
        s.pieces.attempt[p]!++;
        unassign(s, p);
        return;
      }
      unlinkAssigned(s, p);
      s.pieces.worker[p] = NONE;
      s.pieces.phase[p] = Phase.waiting;
      fail(s, p, error);
    });
  }
}

export function handedBack(s: State, worker: Worker, message: MessageOf<typeof HandedBack>): void {
  worker.robbed = message.batch.length > 0 ? 'no' : 'refused';
  giveBack(s, worker, message);
}

function giveBack(
  s: State,
  worker: Worker,
  message: MessageOf<typeof HandedBack> | MessageOf<typeof InputMissing>,
): void {
  for (let i = 0; i < message.batch.length; i++) {
    const batch = batchOfRow(s, message, i);
    if (batch) eachCurrent(s, worker, batch, message, i, (p) => unassign(s, p));
  }
}

/** The tasks come back, and the holder that could not give the input has it no more. With run 0: values that were to be kept. */
export function inputMissing(s: State, worker: Worker, message: MessageOf<typeof InputMissing>): void {
  for (let i = 0; i < message.batch.length; i++) {
    const holder = (message.holder[i] as number) || worker.number;
    const run = message.run[i] as number;
    const kept = run === 0 && batchOfRow(s, message, i);
    const first = message.first[i] as number;
    if (kept) overlapping(kept, first, first + (message.count[i] as number), (p) => notKept(s, p, holder));
    if (run === 0) continue;
    const batch = s.batchById.get(message.from[i] as number);
    const index = message.index[i] as number;
    const p = batch && index < batch.count ? pieceAt(batch, index) : NONE;
    if (p === NONE || isOutdated(s, p, run)) continue;
    if (isOutOfReach(s, p, holder, worker)) failWaiting(s, worker, message, i, holder);
    else notAt(s, p, holder);
  }
  giveBack(s, worker, message);
}

/** Its holder is there, and yet this worker could not have it, again and again as it was made anew. */
function isOutOfReach(s: State, p: number, holder: number, { number }: Worker): boolean {
  if (s.pieces.phase[p] !== Phase.finished || s.pieces.worker[p] !== holder || holder === number)
    return false;
  const misses = s.misses.get(p) ?? new Map<number, number>();
  s.misses.set(p, misses);
  const times = (misses.get(number) ?? 0) + 1;
  misses.set(number, times);
  return times >= MOST_MISSES;
}

function failWaiting(
  s: State,
  worker: Worker,
  message: MessageOf<typeof InputMissing>,
  i: number,
  holder: number,
): void {
  const batch = batchOfRow(s, message, i);
  const { name, address } = s.workers.get(holder) as Worker;
  const why = `its input is with worker ${name}, which worker ${worker.name} cannot reach at ${address}: start ${name} with --host or --advertise, so that others reach it`;
  if (batch)
    eachCurrent(s, worker, batch, message, i, (p) => failWith(s, p, { code: 'unreachable', message: why }));
}

function notKept(s: State, p: number, holder: number): void {
  if (!mayMoveElsewhere(s, p, holder)) notAt(s, p, holder);
}

/** Who waited in vain was ordered (as this run) before the input was made anew: what was missing is the value before. */
function isOutdated(s: State, input: number, run: number): boolean {
  const made = s.pieces.run[input] as number;
  return made !== 0 && ((made - run) | 0) > 0;
}

/** What `number` has of it, if only the way there is broken, counts no more. */
function notAt(s: State, p: number, number: number): void {
  if (s.pieces.phase[p] !== Phase.finished) return;
  const isHolder = s.pieces.worker[p] === number;
  if (!isHolder && !forgetCopy(s, p, number)) return;
  dropAt(s, p, number);
  if (isHolder) loseCopy(s, p);
}

/** Values that were fetched for a client. */
export function data(s: State, worker: Worker, message: MessageOf<typeof Data>): void {
  for (let i = 0; i < message.batch.length; i++) {
    const batch = batchOfRow(s, message, i);
    if (!batch) continue;
    const first = message.first[i] as number;
    const count = message.count[i] as number;
    const bytes = message.sections[i] as Uint8Array;
    let block = bytes.length > 0 ? { batch, first, count, bytes, users: 0 } : undefined;
    overlapping(batch, first, first + count, (p) => {
      fetched(s, p);
      if (bytes.length === 0) return notAt(s, p, worker.number);
      if (!block || !s.pieces.has(p, Flag.wanted)) return;
      if (!batch.owner.writable) return deliver(s, p);
      sendBlock(s, block);
      block = undefined;
    });
  }
}
