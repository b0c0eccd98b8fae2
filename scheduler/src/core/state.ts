/** What the scheduler knows. Plain data; every other file of the core is functions over it. */
import type { TaskOptions } from '@taskloom/protocol';
import type { Batch } from './batch.ts';
import type { Calls } from './calls.ts';
import type { Code } from './codes.ts';
import type { Move } from './drain.ts';
import { Edges } from './edges.ts';
import { Fifo } from './fifo.ts';
import { Lanes } from './lanes.ts';
import { NumberList } from './list.ts';
import { ClientNews, WorkerOrders } from './news.ts';
import { NONE, Pieces } from './pieces.ts';
import { Profiles } from './profiles.ts';

export interface Worker {
  readonly number: number;
  readonly name: string;
  /** Empty where there are no groups. */
  readonly group: string;
  readonly address: string;
  readonly threads: number;
  /** Tasks that may share one of its threads, of those that do not say. */
  readonly concurrency: number;
  readonly resources: Readonly<Record<string, number>>;
  /** What is left of the resources. */
  readonly free: Map<string, number>;
  /** Ends of the list of pieces assigned to it, and the first of those it holds. */
  assignedHead: number;
  assignedTail: number;
  heldHead: number;
  assignedTasks: number;
  /** Those of them that still wait for inputs: they run ahead. */
  aheadTasks: number;
  assignedMicros: number;
  /** Backlog to aim at, of all its threads. */
  readonly horizonMicros: number;
  heldBytes: number;
  /** Bytes of scattered data on their way to it. */
  promisedBytes: number;
  /** Its connection has credit. */
  writable: boolean;
  /** Was asked to hand tasks back and has not answered; or had nothing to give, and is left alone until something changes. */
  robbed: 'no' | 'asked' | 'refused';
  /** It is to go, and gets nothing new: its values under way to others, and whether it was told to leave. */
  retirement: { readonly moving: Map<number, Move>; isDone: boolean } | undefined;
  /** The piece that is to run here alone; no other is placed until it has. */
  reservedFor: number;
  /** Pieces that could run ahead here once there is room. */
  readonly later: number[];
  readonly codes: Set<string>;
  /** The batch that it learnt of last, if it still knows it. */
  latest: Batch | undefined;
  /** Finished tasks by function name. */
  readonly counters: Map<string, Counter>;
  /** The one that counted last. */
  counter: Counter;
  /** Written to through `ordersFor`. */
  readonly orders: WorkerOrders;
  /** Is it in `ordered`, in `candidates`, in `crowded`. */
  isOrdered: boolean;
  isCandidate: boolean;
  isCrowded: boolean;
  /** What it was told last of who else there is. */
  knownVersion: number;
  lastSeen: number;
  /** Scratch of locality.ts: bytes of the inputs at hand that are here. */
  bytesHere: number;
}

interface Counter {
  readonly name: string;
  tasks: number;
}

export interface Client {
  readonly number: number;
  /** By first task; batches that are gone leave holes that are closed now and then. */
  batches: Batch[];
  /** Their first tasks, to search in. */
  firstTasks: number[];
  goneBatches: number;
  writable: boolean;
  /** Cut off, and may come back: it keeps what it holds, and nobody is there. */
  away: boolean;
  /** Pieces whose values wait for credit. */
  readonly deferred: Fifo;
  /** Bytes of values on their way from workers to here for it. */
  fetchingBytes: number;
  /** What it sent and counts on. */
  readonly codes: Map<string, Code>;
  readonly news: ClientNews;
}

/** A failure that the scheduler itself finds. */
export interface Fault {
  readonly code: 'worker-died' | 'data-lost' | 'cancelled' | 'unknown-input' | 'unreachable';
  readonly message: string;
  /** The name of the function. */
  readonly task: string;
  readonly attempt: number;
  readonly worker: string;
}

export interface Config {
  /** How a fault looks on the wire. Pure. */
  readonly encodeFault: (fault: Fault) => Uint8Array;
  /** Bytes of small results kept in case they are wanted. */
  readonly cacheBytes: number;
  /** A worker that is silent for so long is lost. */
  readonly workerTtlMs: number;
  /** Work kept ahead on each thread, in microseconds; HORIZON_MICROS unless told otherwise. */
  readonly horizonMicros?: number;
}

/**
 * Many round trips, yet little to wait for, and what is ahead can be taken back. Measured on 2 cores with 2,000 tasks of 1 ms: 0.87 of
 * the ideal with 8 ms, 0.94 with 50, since each message costs the cores that the tasks run on.
 */
const HORIZON_MICROS = 50_000;

/** Scattered data under way: where it may go, and to which workers its client was sent with it (none yet: it waits for one). */
export interface Promised {
  readonly workers: TaskOptions['workers'];
  readonly broadcast: boolean;
  readonly bytes: number;
  readonly to: Set<number>;
}

/** A block of results that came along with the news. */
export interface CachedBlock {
  readonly batch: Batch;
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Pieces for which it is kept. */
  users: number;
}

export interface State {
  readonly config: Config;
  readonly pieces: Pieces;
  readonly edges: Edges;
  readonly lanes: Lanes;
  readonly profiles: Profiles;
  readonly calls: Calls;
  /** By slot, undefined where free. */
  readonly batches: (Batch | undefined)[];
  readonly freeSlots: number[];
  readonly batchById: Map<number, Batch>;
  readonly workers: Map<number, Worker>;
  readonly workerByName: Map<string, Worker>;
  /** The same by number, for the places where a Map is too slow. */
  readonly roster: (Worker | undefined)[];
  /** Of all workers that stay; and the tasks that may share these, of those that do not say. */
  threads: number;
  slots: number;
  /** Workers that are to go. */
  readonly retiring: Set<Worker>;
  /** Names of those that were drained and have gone, the last at the end: who asked for it may look only now. */
  readonly departed: Set<string>;
  /** Workers with orders that this step gave. */
  ordered: Worker[];
  /** Workers that may have room for work; who is not among them has none. Swept when many of them may have none any more. */
  candidates: Worker[];
  /** Pieces given to candidates since they were swept. */
  fed: number;
  /** Workers that have less to do than before, and something that could run ahead there. */
  roomier: Worker[];
  /** Workers that may have more than their threads can start; who is not among them has not. */
  crowded: Worker[];
  /** Of all batches that there ever were, as far as they said. */
  mostConcurrency: number;
  /** Workers that are kept for a piece that is to run alone. */
  readonly reserved: Set<Worker>;
  readonly clients: Map<number, Client>;
  readonly codes: Map<string, Code>;
  readonly errors: Map<number, Uint8Array>;
  /** Values that others could not have from workers which are there: how often, by who lacked it. */
  readonly misses: Map<number, Map<number, number>>;
  /** Other workers that hold a copy, besides `worker` of the piece. */
  readonly replicas: Map<number, Set<number>>;
  readonly cache: Map<number, CachedBlock>;
  cachedBytes: number;
  /** Scattered pieces that clients have still to bring. */
  readonly promises: Map<number, Promised>;
  /** Ready pieces that are to run alone on a worker. */
  readonly alone: { readonly piece: number; readonly generation: number }[];
  /** Pieces that may be needed by nobody any more. */
  readonly suspects: NumberList;
  nextBatch: number;
  batchesCame: number;
  nextRun: number;
  now: number;
  tickedAt: number;
  /** Since when there has been no client and no unfinished work. */
  idleSince: number | undefined;
  workersChanged: boolean;
  /** How often that was announced. */
  workersVersion: number;
}

/** When a field that held a whole number gets its first fraction, V8 throws away all compiled code that reads the object. */
const ALMOST_ZERO = Number.MIN_VALUE;

export function emptyState(config: Config): State {
  return {
    config,
    pieces: new Pieces(),
    edges: new Edges(),
    lanes: new Lanes(),
    profiles: new Profiles(),
    calls: new WeakMap(),
    batches: [],
    freeSlots: [],
    batchById: new Map(),
    workers: new Map(),
    workerByName: new Map(),
    roster: [],
    threads: 0,
    slots: 0,
    retiring: new Set(),
    departed: new Set(),
    ordered: [],
    candidates: [],
    fed: 0,
    roomier: [],
    crowded: [],
    mostConcurrency: 1,
    reserved: new Set(),
    clients: new Map(),
    codes: new Map(),
    errors: new Map(),
    misses: new Map(),
    replicas: new Map(),
    cache: new Map(),
    cachedBytes: 0,
    promises: new Map(),
    alone: [],
    suspects: new NumberList(),
    nextBatch: 1,
    batchesCame: 0,
    nextRun: 1,
    now: ALMOST_ZERO,
    tickedAt: ALMOST_ZERO,
    idleSince: undefined,
    workersChanged: false,
    workersVersion: 0,
  };
}

export function newWorker(
  about: Pick<Worker, 'number' | 'name' | 'group' | 'address' | 'threads' | 'concurrency' | 'resources'>,
  { now, config }: Pick<State, 'now' | 'config'>,
): Worker {
  return {
    ...about,
    free: new Map(Object.entries(about.resources)),
    assignedHead: NONE,
    assignedTail: NONE,
    heldHead: NONE,
    assignedTasks: 0,
    aheadTasks: 0,
    assignedMicros: 0,
    horizonMicros: about.threads * (config.horizonMicros ?? HORIZON_MICROS),
    heldBytes: 0,
    promisedBytes: 0,
    writable: true,
    robbed: 'no',
    retirement: undefined,
    reservedFor: NONE,
    later: [],
    codes: new Set(),
    latest: undefined,
    counters: new Map(),
    counter: { name: '', tasks: 0 },
    orders: new WorkerOrders(),
    isOrdered: false,
    isCandidate: false,
    isCrowded: false,
    knownVersion: 0,
    lastSeen: now,
    bytesHere: 0,
  };
}

export function newClient(number: number): Client {
  return {
    number,
    batches: [],
    firstTasks: [],
    goneBatches: 0,
    writable: true,
    away: false,
    deferred: new Fifo(),
    fetchingBytes: 0,
    codes: new Map(),
    news: new ClientNews(),
  };
}

export function presentClients(s: State): number {
  let present = 0;
  for (const { away } of s.clients.values()) if (!away) present++;
  return present;
}

export function batchOf(s: State, p: number): Batch {
  return s.batches[s.pieces.batch[p] as number] as Batch;
}

/** `worker` is among those that stay (1), or no longer (-1). */
export function countThreads(s: State, { threads, concurrency }: Worker, by: 1 | -1): void {
  s.threads += by * threads;
  s.slots += by * threads * concurrency;
}

/** `worker` has finished so many more tasks of a function. */
export function countTasks(worker: Worker, name: string, tasks: number): void {
  if (worker.counter.name !== name) {
    worker.counter = worker.counters.get(name) ?? { name, tasks: 0 };
    worker.counters.set(name, worker.counter);
  }
  worker.counter.tasks += tasks;
}

/** What `worker` is told at the end of this step. */
export function ordersFor(s: State, worker: Worker): WorkerOrders {
  if (!worker.isOrdered) s.ordered.push(worker);
  worker.isOrdered = true;
  return worker.orders;
}

/** `worker` has less to do than before. */
export function mayTakeMore(s: State, worker: Worker): void {
  if (!worker.isCandidate) s.candidates.push(worker);
  worker.isCandidate = true;
  if (worker.later.length > 0 && s.roomier.at(-1) !== worker) s.roomier.push(worker);
}
