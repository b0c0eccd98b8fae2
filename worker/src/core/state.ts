/**
 * What this worker has been asked, holds and runs. Plain data, changed in place by the handlers of step.ts.
 *
 * 1. A task that is to run here is in exactly one piece (not on a thread) or one order (on a thread).
 * 2. `results` says of each (batch, index) where its result is or comes from; what it does not say is not here.
 * 3. A waiting piece knows how many of its input indices are not stored here yet; a ready piece has none.
 * 4. Bytes are opaque: the core counts them and passes them on.
 */
import type { FunctionRef } from '@taskloom/protocol';
import type { BatchOrder, Running } from './events.ts';
import { Pieces } from './pieces.ts';
import type { Ranges } from './ranges.ts';
import { SeqHeap } from './seq-heap.ts';
import type { Waiters } from './waiters.ts';

/** What one call of a function takes, measured; shared by all batches of the same code. */
export interface Duration {
  micros: number | undefined;
}

/** The same code with the same captured values. */
export interface Fn {
  readonly id: number;
  readonly ref: FunctionRef;
  readonly duration: Duration;
}

export interface ArgBlock {
  readonly id: number;
  readonly first: number;
  readonly rows: number;
  readonly content: Uint8Array;
}

export interface Batch {
  readonly order: BatchOrder;
  readonly fn: Fn;
  readonly concurrency: number;
  readonly args: Ranges<ArgBlock>;
}

/** Results encoded together. */
export interface Block {
  readonly id: number;
  readonly batch: number;
  readonly first: number;
  readonly count: number;
  readonly content: Uint8Array;
  /** Made elsewhere: a copy that may go when room is needed. */
  copy: boolean;
  /** Indices of it that `results` still says are here. */
  held: number;
  /** Pieces here that count on it. */
  pins: number;
}

export interface Input {
  /** The number that stands in the arguments. */
  readonly task: number;
  readonly count: number;
  readonly batch: number;
  readonly index: number;
  readonly holder: number;
}

/** Consecutive tasks that are to run and are not on a thread. */
export interface Piece {
  /** Where it stands among the pieces of this worker. */
  place: number;
  readonly seq: number;
  readonly batch: Batch;
  first: number;
  end: number;
  readonly run: number;
  readonly attempt: number;
  /** Threads that died, nobody knows of which task, while they had it. */
  readonly deaths: number;
  readonly inputs: readonly Input[];
  phase: 'waiting' | 'ready' | 'gone';
  /** Indices of inputs that are not stored here. */
  unmet: number;
  /** The one thread that makes `aheadCount` of them; SEVERAL when more than one thread does. */
  ahead: number;
  aheadCount: number;
  /** The thread whose `followers` it is among. */
  following: number;
  /** Blocks with inputs of it that are here. */
  pinned: Block[];
}
export const NO_THREAD = 0;
export const SEVERAL = -1;

/** Consecutive tasks given to a thread. */
export interface Order {
  readonly id: number;
  readonly thread: Thread;
  readonly piece: Piece;
  readonly first: number;
  end: number;
  /** The number of its first task among all that the thread was ever given. */
  readonly claim: number;
  /** Tasks not reported yet. */
  remaining: number;
  /** What one of them is thought to take of the thread. */
  microsEach: number;
}

export interface Thread {
  readonly number: number;
  phase: 'starting' | 'taking' | 'withdrawing' | 'ending';
  readonly orders: Map<number, Order>;
  /** Orders on it whose tasks may take only so long. */
  timed: number;
  /** Tasks and time on it, not reported yet. */
  tasks: number;
  micros: number;
  /** Tasks it was ever given, less those withdrawn. */
  given: number;
  /** Pieces whose unmet inputs are all made on it. */
  readonly followers: SeqHeap<Piece>;
  /** What it ran when it was last looked at. */
  running: readonly Running[];
  /** Tasks that are to end with it, and why. */
  doomed: Doomed[];
  /** The task that was reported last. */
  last: { readonly batch: number; readonly index: number; readonly name: string } | undefined;
}
export interface Doomed {
  readonly order: Order;
  readonly index: number;
  readonly why: 'stopped' | 'timed-out';
}

export interface Fetch {
  readonly batch: number;
  next: number;
  readonly end: number;
  readonly holder: number;
  /** It is to stay here, since this worker that holds it is to go. */
  keepOf: number | undefined;
}

/** Where the result of a task is, or comes from. */
export type Place =
  | { readonly is: 'stored'; readonly block: Block }
  | { readonly is: 'queued'; readonly piece: Piece }
  | { readonly is: 'on-thread'; readonly order: Order }
  | { readonly is: 'fetching'; readonly fetch: Fetch };

export interface Results {
  readonly places: Ranges<Place>;
  readonly waiters: Waiters;
}

/** Tasks that are to go, once the threads that have some of them have said which they began. */
export interface Recall {
  readonly why: 'take-back' | 'stop';
  readonly rows: readonly Rows[];
  readonly awaited: Set<number>;
  /** Stretches of tasks that were taken out for it. */
  listed: number;
}
export interface Rows {
  readonly batch: number;
  readonly first: number;
  readonly end: number;
  readonly run: number;
}

/** Why a task ended without its function saying so. */
export interface Failure {
  readonly is: 'timed-out' | 'thread-died';
  readonly task: string;
  readonly attempt: number;
  readonly reason: string;
}

export interface Settings {
  readonly name: string;
  readonly threads: number;
  /** Makes the TaskError of a failure; pure. */
  readonly encodeFailure: (failure: Failure) => Uint8Array;
  /** Copies of other workers' results kept for later, in bytes. */
  readonly copyBytes: number;
  /** Work that a thread is given at once, in microseconds; AHEAD_MICROS unless told otherwise. */
  readonly aheadMicros?: number;
}

/** Portions are worth a message, and what has not begun can be taken back (see HORIZON_MICROS of the scheduler, which is half of it). */
const AHEAD_MICROS = 100_000;

export interface State {
  readonly settings: Settings & { readonly aheadMicros: number };
  now: number;
  nextId: number;
  nextSeq: number;
  nextThread: number;
  /** Threads in a row that ended before they had started. */
  failedStarts: number;
  readonly batches: Map<number, Batch>;
  /** By graph and name. */
  readonly functions: Map<string, Fn>;
  /** The function of the batch that came last. */
  lastMet: Fn | undefined;
  readonly durations: Map<string, Duration>;
  readonly results: Map<number, Results>;
  /** All that are not gone. */
  readonly pieces: Pieces;
  readonly ready: SeqHeap<Piece>;
  readonly threads: Map<number, Thread>;
  /** Copies by age of use, the oldest first. */
  readonly copies: Set<Block>;
  /** `flying`: asked for and not answered yet, by `flightOf`. */
  readonly fetches: { readonly flying: Map<number, Fetch>; readonly queue: Fetch[] };
  recalls: Recall[];
  /** Since it began. */
  readonly counts: { finished: number; erred: number; fetched: number };
  /** Bytes of results held, copies included. */
  storeBytes: number;
  copyBytes: number;
  /** What tasks may still write in this second, the last in which they wrote anything. */
  readonly output: { second: number; left: number; dropped: number };
  leaving: boolean;
}

export function createState(settings: Settings): State {
  return {
    settings: { aheadMicros: AHEAD_MICROS, ...settings },
    now: 0,
    nextId: 1,
    nextSeq: 1,
    nextThread: 1,
    failedStarts: 0,
    batches: new Map(),
    functions: new Map(),
    lastMet: undefined,
    durations: new Map(),
    results: new Map(),
    pieces: new Pieces(),
    ready: new SeqHeap(),
    threads: new Map(),
    copies: new Set(),
    fetches: { flying: new Map(), queue: [] },
    recalls: [],
    counts: { finished: 0, erred: 0, fetched: 0 },
    storeBytes: 0,
    copyBytes: 0,
    output: { second: Number.NEGATIVE_INFINITY, left: 0, dropped: 0 },
    leaving: false,
  };
}
