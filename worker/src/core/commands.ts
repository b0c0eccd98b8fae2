/** What the core wants done. Each is carried out at once; what comes of it is a later event. */
import type { Message } from '@taskloom/protocol';
import type { ArgBlock, Block, Fn } from './state.ts';

/** Where the value of [task, task + count) is: at `index` of the block, or made on this very thread before (no block). */
export interface InputSource {
  readonly task: number;
  readonly count: number;
  readonly block: Block | undefined;
  readonly batch: number;
  readonly index: number;
}

export interface ThreadOrder {
  readonly order: number;
  readonly fn: Fn;
  readonly batch: number;
  readonly first: number;
  readonly count: number;
  readonly attempt: number;
  readonly concurrency: number;
  readonly args: readonly ArgBlock[];
  readonly inputs: readonly InputSource[];
}

export type Command =
  | { readonly do: 'send'; readonly message: Message }
  | { readonly do: 'start-thread'; readonly thread: number }
  /** In this order, behind what the thread has. */
  | { readonly do: 'thread-run'; readonly thread: number; readonly orders: readonly ThreadOrder[] }
  /** Take from the thread what it has not begun. Answered by thread-withdrawn. */
  | { readonly do: 'withdraw'; readonly thread: number }
  /** Answered by thread-exited. */
  | { readonly do: 'terminate-thread'; readonly thread: number }
  /** The block that covers this index, from that worker. Answered by fetched or fetch-failed. */
  | { readonly do: 'fetch-input'; readonly batch: number; readonly index: number; readonly holder: number }
  /** Blocks (of arguments or results) that no thread needs to keep. */
  | { readonly do: 'forget'; readonly blocks: readonly number[] }
  /** Nothing is left to do, and the scheduler asked to leave. */
  | { readonly do: 'leave' }
  /** This worker can run nothing. */
  | { readonly do: 'give-up'; readonly reason: string };
