/** What happens to a session and what it asks of its shell. Rows of messages are columns, as they came. */
import type { Kept } from './ledger.ts';
import type { Watch } from './watch.ts';

/** Columns of ranges of tasks. */
export interface Rows {
  readonly first: Uint32Array;
  readonly count: Uint32Array;
}
export interface Places extends Rows {
  readonly worker: Uint32Array;
  readonly batch: Uint32Array;
  readonly index: Uint32Array;
  readonly bytes: Uint32Array;
}
export interface Blocks extends Rows {
  readonly sections: readonly Uint8Array[];
}

export type Event =
  | { readonly on: 'minted'; readonly first: number; readonly count: number }
  | { readonly on: 'watched'; readonly watch: Watch }
  | { readonly on: 'unwatched'; readonly watch: Watch }
  | { readonly on: 'released'; readonly first: number; readonly count: number }
  | { readonly on: 'done'; readonly rows: Rows }
  | { readonly on: 'undone'; readonly rows: Rows }
  | { readonly on: 'results'; readonly rows: Blocks }
  | { readonly on: 'located'; readonly rows: Places }
  | { readonly on: 'failed'; readonly rows: Blocks }
  | { readonly on: 'fetched'; readonly first: number; readonly count: number; readonly block: Uint8Array }
  /** A value could not be had from where it was; it is asked for again. */
  | { readonly on: 'fetch-failed'; readonly first: number; readonly count: number }
  /** A value could not be had for so long that those who wait for it are told. */
  | { readonly on: 'given-up'; readonly first: number; readonly count: number; readonly error: Error }
  /** The scheduler is gone: whoever waits is told. */
  | { readonly on: 'lost' };

export type Command =
  | { readonly do: 'want'; readonly first: number; readonly count: number }
  | { readonly do: 'release'; readonly first: number; readonly count: number }
  /** Rows [first, first + count) of a watch stand in this block of values. */
  | { readonly do: 'deliver'; readonly watch: Watch; readonly first: number; readonly count: number; readonly block: Kept }
  | { readonly do: 'fail'; readonly watch: Watch; readonly first: number; readonly count: number; readonly error: Uint8Array }
  /** For watches of outcomes. */
  | { readonly do: 'settle'; readonly watch: Watch; readonly first: number; readonly count: number }
  /** These rows are held no more: released while somebody waited, or before. */
  | { readonly do: 'miss'; readonly watch: Watch; readonly first: number; readonly count: number }
  | { readonly do: 'fetch'; readonly first: number; readonly count: number; readonly place: Place }
  /** Nothing will come any more for what this watch still waits for; without an error since the scheduler is lost. */
  | { readonly do: 'give-up'; readonly watch: Watch; readonly error?: Error }; // biome-ignore format: one a line

export interface Place {
  readonly worker: number;
  readonly batch: number;
  readonly index: number;
  readonly bytes: number;
}
