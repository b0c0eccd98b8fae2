/** Messages that clients and workers send, made of what a test says. */
import type { Finished, MessageOf, TaskOptions } from '@taskloom/protocol';
import type { BatchColumns } from '../src/core/index.ts';
import type { Row } from './orders.ts';
import type { Tasks } from './task-names.ts';

export interface Submission extends TaskOptions {
  /** Each task of the batch needs these of its own. */
  readonly after?: readonly string[];
  /** All tasks of the batch need these. */
  readonly shared?: readonly string[];
  /** Task i needs task i of this. */
  readonly over?: string;
  /** Tasks in each block of arguments. */
  readonly blocks?: readonly number[];
  readonly code?: string;
  /** The function, where it is not called as its tasks are. */
  readonly fn?: string;
  readonly by?: string;
}

export interface Completion {
  readonly on?: string;
  /** Of news that the worker was not asked for, or not any more. */
  readonly run?: number;
  /** Run time of one task. */
  readonly micros?: number;
  /** Of the result of one task. */
  readonly bytes?: number;
  /** The result rides along. */
  readonly inline?: boolean;
}

const NO_COLUMN = new Uint32Array(0);
export const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
export const column = <T>(items: readonly T[], of: (item: T) => number) => Uint32Array.from(items, of);

export function columns(rows: readonly Row[]) {
  return {
    batch: column(rows, ({ batch }) => batch),
    first: column(rows, ({ first }) => first),
    count: column(rows, ({ count }) => count),
    run: column(rows, ({ run }) => run),
  };
}

interface Needs {
  readonly deps: readonly (readonly Tasks[])[];
  readonly shared: readonly Tasks[];
  readonly zip: readonly Tasks[];
  readonly blocks: readonly number[];
}

export function submitMessage({ deps, shared, zip, blocks }: Needs): BatchColumns {
  const starts = [0];
  for (const row of deps) starts.push(starts.at(-1)! + row.length);
  return {
    op: 'submit',
    blockRows: Uint32Array.from(blocks),
    depStart: deps.length > 0 ? Uint32Array.from(starts) : NO_COLUMN,
    depFirst: column(deps.flat(), ({ task }) => task),
    depCount: column(deps.flat(), ({ count }) => count),
    zip: column(zip, ({ task }) => task),
    sharedFirst: column(shared, ({ task }) => task),
    sharedCount: column(shared, ({ count }) => count),
    sections: [new Uint8Array(0), ...blocks.map(() => new Uint8Array(1))],
  };
}

/** Of tasks that need nothing, and have no arguments. */
export const BARE_SUBMIT = submitMessage({ deps: [], shared: [], zip: [], blocks: [] });

export function finishedMessage(rows: readonly Row[], completion: Completion): MessageOf<typeof Finished> {
  const { micros = 1_000, bytes = 8, inline = false } = completion;
  return {
    op: 'finished',
    ...columns(rows),
    bytes: column(rows, ({ count }) => count * bytes),
    micros: column(rows, ({ count }) => count * micros),
    inline: column(rows, () => (inline ? 1 : 0)),
    sections: rows.map(({ count }) => new Uint8Array(inline ? count * bytes : 0)),
  };
}
