/** What workers say. News about a run that is not the current one is dropped in `current`. */
import type {
  Data, Erred, Finished, HandedBack, InputMissing, MessageOf,
} from '@taskloom/protocol'; // biome-ignore format: a list of names
import { type Batch, nameOf, pieceAt } from './batch.ts';
import { own } from './bytes.ts';
import { deliver, fetched, keep, sendBlock } from './deliver.ts';
import { fail, failWith, finish, readyIfMet, unassign, unfinish } from './lifecycle.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { measured } from './profiles.ts';
import { keepPromise, placeScattered, promisesLost } from './scatter.ts';
import { isolate, overlapping } from './split.ts';
import { batchOf, type CachedBlock, newWorker, type State, type Worker } from './state.ts';
import { assignedTo, heldBy, linkHeld, unlinkAssigned, unlinkHeld } from './worker-lists.ts';

/** What the column of attempts can count. */
const MOST_RETRIES = 0xffff;
/** A task whose worker died so often fails. */
export const MOST_DEATHS = 3;

export function workerJoined(s: State, about: Parameters<typeof newWorker>[0]): void {
  const worker = newWorker(about, s.now);
  s.workers.set(about.number, worker);
  s.workerByName.set(worker.name, worker);
  s.roster[about.number] = worker;
  s.threads += worker.threads;
  s.workersChanged = true;
  placeScattered(s);
}

/** What ran there runs elsewhere; what only it held is computed again if somebody needs it. */
export function workerLost(s: State, number: number, reason: string): void {
  const worker = s.workers.get(number);
  if (!worker) return;
  const assigned = assignedTo(s, worker);
  for (const p of assigned) surviveDeath(s, p, worker, reason);
  for (const [p, holders] of s.replicas)
    if (holders.delete(number) && holders.size === 0) s.replicas.delete(p);
  for (const p of heldBy(s, worker)) loseCopy(s, p);
  s.workers.delete(number);
  s.workerByName.delete(worker.name);
  s.roster[number] = undefined;
  s.threads -= worker.threads;
  promisesLost(s, number);
  placeScattered(s);
  for (const batch of s.batchById.values()) batch.sentTo.delete(number);
  s.workersChanged = true;
}

function surviveDeath(s: State, p: number, worker: Worker, reason: string): void {
  if (s.pieces.phase[p] !== Phase.assigned || s.pieces.worker[p] !== worker.number) return;
  // What ran ahead of its inputs had not started.
  if (s.pieces.unmet[p] === 0) s.pieces.deaths[p]!++;
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
  others.delete(heir.number);
  if (others.size === 0) s.replicas.delete(p);
  linkHeld(s, heir, p);
  if (s.pieces.has(p, Flag.fetching)) {
    fetched(s, p);
    deliver(s, p);
  }
}

/** Visits the pieces of tasks [first, first + count) that this worker runs as `run`; tells whether any task was somebody else's. */
function current(s: State, worker: Worker, row: Row, visit: (p: number) => void): boolean {
  const { batch, first, count, run } = row;
  const isOurs = (p: number) =>
    s.pieces.phase[p] === Phase.assigned && s.pieces.run[p] === run && s.pieces.worker[p] === worker.number;
  const p = pieceAt(batch, first);
  if (p !== NONE && s.pieces.start[p] === first && s.pieces.count[p] === count) {
    const ours = isOurs(p);
    if (ours) visit(p);
    return !ours;
  }
  let stale = false;
  isolate(s, batch, first, first + count, (piece) => {
    if (isOurs(piece)) visit(piece);
    else stale = true;
  });
  return stale;
}

interface Row {
  readonly batch: Batch;
  readonly first: number;
  readonly count: number;
  readonly run: number;
}

type Ranged = Readonly<Record<'batch' | 'first' | 'count', Uint32Array>>;

/** The row, if it names tasks that there are. */
function rowOf(s: State, message: Ranged, i: number, run = 0): Row | undefined {
  const batch = s.batchById.get(message.batch[i] as number);
  const first = message.first[i] as number;
  const count = message.count[i] as number;
  return batch && count > 0 && first + count <= batch.count ? { batch, first, count, run } : undefined;
}

/** What it could not hand back may have become possible. */
export function mayBeAskedAgain(worker: Worker): void {
  if (worker.robbed === 'refused') worker.robbed = 'no';
}

export function finished(s: State, worker: Worker, message: MessageOf<typeof Finished>): void {
  mayBeAskedAgain(worker);
  for (let i = 0; i < message.batch.length; i++) {
    const row = rowOf(s, message, i, message.run[i]);
    if (!row) dropStale(worker, message, i);
    else if (row.run === 0) brought(s, worker, row, message, i);
    else finishedRow(s, worker, row, message, i);
  }
}

function finishedRow(
  s: State,
  worker: Worker,
  row: Row,
  message: MessageOf<typeof Finished>,
  i: number,
): void {
  const { batch, first, count } = row;
  const bytes = message.bytes[i] as number;
  measured(batch.profile, message.micros[i] as number, count);
  const inline = message.inline[i] === 1 ? (message.sections[i] as Uint8Array) : undefined;
  const client = s.clients.get(batch.client);
  let kept: CachedBlock | undefined;
  let sent = false;
  const stale = current(s, worker, row, (p) => {
    const part = s.pieces.count[p] as number;
    finish(s, p, worker, count === part ? bytes : Math.ceil((bytes * part) / count));
    worker.counters.set(nameOf(batch), (worker.counters.get(nameOf(batch)) ?? 0) + part);
    if (sent) return;
    if (inline && client?.writable && s.pieces.has(p, Flag.wanted)) {
      sendBlock(s, client, { batch, first, count, bytes: inline, users: 0 });
      sent = true;
      return;
    }
    if (inline) kept ??= { batch, first, count, bytes: own(inline), users: 0 };
    if (kept) keep(s, p, kept);
    deliver(s, p);
  });
  if (stale) dropUnheld(s, worker, row);
}

/** A client brought scattered data, or a copy of it. */
function brought(
  s: State,
  worker: Worker,
  { batch, first, count }: Row,
  message: MessageOf<typeof Finished>,
  i: number,
): void {
  if (!batch.scattered) return dropStale(worker, message, i);
  isolate(s, batch, first, first + count, (p) => {
    keepPromise(s, p, worker);
    if (s.pieces.phase[p] === Phase.waiting) finish(s, p, worker, message.bytes[i] as number);
    else if (s.pieces.phase[p] === Phase.finished && s.pieces.worker[p] !== worker.number) {
      s.replicas.set(p, (s.replicas.get(p) ?? new Set()).add(worker.number));
    } else if (s.pieces.phase[p] !== Phase.finished) dropStale(worker, message, i);
    deliver(s, p);
  });
}

/** Results that nobody asked for any more need not be kept. */
function dropStale(worker: Worker, message: Ranged, i: number): void {
  const { batch, first, count } = message;
  worker.orders.drop.add(batch[i] as number, first[i] as number, count[i] as number);
}

/** Drops at `worker` what of the row it has for nothing: it neither counts as holder nor is it running it now. */
function dropUnheld(s: State, worker: Worker, { batch, first, count }: Row): void {
  const { drop } = worker.orders;
  overlapping(batch, first, first + count, (p) => {
    if (s.pieces.worker[p] === worker.number || s.replicas.get(p)?.has(worker.number)) return;
    drop.add(batch.id, s.pieces.start[p] as number, s.pieces.count[p] as number);
  });
}

/** The task's own failure: run again while it has retries left. */
export function erred(s: State, worker: Worker, message: MessageOf<typeof Erred>): void {
  for (let i = 0; i < message.batch.length; i++) {
    const row = rowOf(s, message, i, message.run[i]);
    if (!row) continue;
    const error = own(message.sections[i] as Uint8Array);
    current(s, worker, row, (p) => {
      if ((s.pieces.attempt[p] as number) < Math.min(row.batch.options.retries ?? 0, MOST_RETRIES)) {
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
    const row = rowOf(s, message, i, message.run[i]);
    if (row) current(s, worker, row, (p) => unassign(s, p));
  }
}

/** The tasks come back, and the holder that could not give the input has it no more. */
export function inputMissing(s: State, worker: Worker, message: MessageOf<typeof InputMissing>): void {
  for (let i = 0; i < message.batch.length; i++) {
    const batch = s.batchById.get(message.from[i] as number);
    const index = message.index[i] as number;
    const p = batch && index < batch.count ? pieceAt(batch, index) : NONE;
    if (p !== NONE) notAt(s, p, message.holder[i] === 0 ? worker.number : (message.holder[i] as number));
  }
  giveBack(s, worker, message);
}

function notAt(s: State, p: number, number: number): void {
  if (s.pieces.phase[p] !== Phase.finished) return;
  if (s.pieces.worker[p] === number) loseCopy(s, p);
  else if (s.replicas.get(p)?.delete(number) && s.replicas.get(p)?.size === 0) s.replicas.delete(p);
}

/** Values that were fetched for a client. */
export function data(s: State, worker: Worker, message: MessageOf<typeof Data>): void {
  for (let i = 0; i < message.batch.length; i++) {
    const row = rowOf(s, message, i);
    const bytes = message.sections[i] as Uint8Array;
    if (!row) continue;
    let block =
      bytes.length > 0
        ? { batch: row.batch, first: row.first, count: row.count, bytes, users: 0 }
        : undefined;
    overlapping(row.batch, row.first, row.first + row.count, (p) => {
      fetched(s, p);
      if (bytes.length === 0) return notAt(s, p, worker.number);
      const client = s.clients.get(batchOf(s, p).client);
      if (!block || !client || !s.pieces.has(p, Flag.wanted)) return;
      if (!client.writable) return deliver(s, p);
      sendBlock(s, client, block);
      block = undefined;
    });
  }
}
