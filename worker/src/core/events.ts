/** What can happen to a worker. Messages of the scheduler come as they are; the rest is told by the shell. */
import type { CallOrder, HotMessage } from '@taskloom/protocol';

type From<Op extends HotMessage['op']> = Extract<HotMessage, { op: Op }>;

/** A batch that was not known here before. */
export interface BatchOrder {
  readonly batch: number;
  readonly fn: CallOrder['fn'];
  readonly timeoutMs?: number | undefined;
  readonly concurrency?: number | undefined;
}
/** Tasks to run; the batches among them that are new come as orders. */
export type RunColumns = Omit<From<'run'>, 'newBatch' | 'newOrder'>;

/** Results of tasks of one order, as one block. */
export interface ReportedBlock {
  readonly order: number;
  readonly first: number;
  readonly count: number;
  readonly micros: number;
  readonly content: Uint8Array;
}
export interface ReportedError {
  readonly order: number;
  readonly index: number;
  readonly why: 'threw' | 'refused-result' | 'bad-code';
  readonly micros: number;
  readonly content: Uint8Array;
}
/** A task that did not run: an input of it should have been made on the thread before, and was not. */
export interface ReportedMissing {
  readonly order: number;
  readonly index: number;
}
export interface Report {
  readonly blocks: readonly ReportedBlock[];
  readonly errors: readonly ReportedError[];
  readonly missing: readonly ReportedMissing[];
}
/** A task that runs at this moment, and for how long. */
export interface Running {
  readonly order: number;
  readonly index: number;
  readonly ms: number;
  /** It is not called yet: its function is being imported. */
  readonly isImporting?: true;
}

export type Event = { readonly now: number } & (
  | { readonly on: 'run'; readonly message: RunColumns; readonly orders: readonly BatchOrder[] }
  | { readonly on: 'take-back'; readonly message: From<'take-back'> }
  | { readonly on: 'drop'; readonly message: From<'drop'> }
  | { readonly on: 'stop'; readonly message: From<'stop'> }
  | { readonly on: 'fetch'; readonly message: From<'fetch'> }
  | { readonly on: 'keep'; readonly message: From<'keep'> }
  | { readonly on: 'retire'; readonly message: From<'retire'> }
  | { readonly on: 'leave' }
  | { readonly on: 'thread-started'; readonly thread: number }
  | {
      readonly on: 'thread-reported';
      readonly thread: number;
      readonly report: Report;
      readonly credit: boolean;
    }
  /** What the thread had not begun was taken from it; `claimed` is how many tasks it has ever begun. */
  | {
      readonly on: 'thread-withdrawn';
      readonly thread: number;
      readonly claimed: number;
      readonly running: readonly Running[];
    }
  | {
      readonly on: 'thread-exited';
      readonly thread: number;
      readonly reason: string;
      readonly running: readonly Running[];
    }
  | {
      readonly on: 'fetched';
      readonly batch: number;
      readonly index: number;
      readonly first: number;
      readonly count: number;
      readonly content: Uint8Array;
    }
  | { readonly on: 'fetch-failed'; readonly batch: number; readonly index: number; readonly reason: string }
  /** Scattered data was brought to the data door. */
  | { readonly on: 'put'; readonly batch: number; readonly index: number; readonly content: Uint8Array }
  | {
      readonly on: 'wrote';
      readonly batch: number;
      readonly index: number;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
      readonly credit: boolean;
    }
  | {
      readonly on: 'ticked';
      readonly threads: readonly { readonly thread: number; readonly running: readonly Running[] }[];
    }
);
export type EventOf<On extends Event['on']> = Extract<Event, { on: On }>;
