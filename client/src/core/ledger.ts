/**
 * What this session knows of each of its tasks: one byte a task, in pages of 1,024 that exist while one of their tasks is held.
 *
 * 1. A task is held from `mint` to `release`; what was released is `none` for good.
 * 2. `live` of a page counts its held tasks.
 * 3. A kept record (a block of values, an error) covers at least one held task and stands in each page it touches, in order.
 */
import type { Watch } from './watch.ts';

export const PAGE = 1024;

/** `none`: never minted or released. A row's byte is its phase, with WANTED added while its value was asked for and has not come. */
export const Phase = { none: 0, pending: 1, done: 2, failed: 3 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];
export const WANTED = 8;

/** Bytes that cover consecutive tasks: their values in one block, or the error that they share. */
export interface Kept {
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Tasks among them that are still held. */
  live: number;
  /** The shell's: what the bytes say, once somebody has asked. */
  read: unknown;
}

export interface Page {
  readonly rows: Uint8Array;
  live: number;
  readonly values: Kept[];
  readonly errors: Kept[];
  readonly ranges: Watch[];
  /** The watches of one task, by its row. */
  singles: (Watch | undefined)[] | undefined;
  singleCount: number;
}

export type Ledger = (Page | undefined)[];

export function pageOf(ledger: Ledger, task: number): Page | undefined {
  return ledger[Math.floor(task / PAGE)];
}

export function phaseOf(ledger: Ledger, task: number): Phase {
  return ((pageOf(ledger, task)?.rows[task % PAGE] ?? 0) & ~WANTED) as Phase;
}

/** Calls `visit` for each page that has rows in [first, first + count), with those rows as [from, to) within the page. */
export function eachPage(
  ledger: Ledger,
  first: number,
  count: number,
  visit: (page: Page, from: number, to: number, base: number) => void,
): void {
  const end = first + count;
  for (let task = first; task < end; ) {
    const base = task - (task % PAGE);
    const stop = Math.min(end, base + PAGE);
    const page = ledger[base / PAGE];
    if (page) visit(page, task - base, stop - base, base);
    task = stop;
  }
}

export function mint(ledger: Ledger, first: number, count: number): void {
  for (let task = first; task < first + count; ) {
    const index = Math.floor(task / PAGE);
    const from = task % PAGE;
    const to = Math.min(PAGE, from + first + count - task);
    let page = ledger[index];
    if (!page) {
      page = emptyPage();
      ledger[index] = page;
    }
    page.rows.fill(Phase.pending, from, to);
    page.live += to - from;
    task += to - from;
  }
}

function emptyPage(): Page {
  return {
    rows: new Uint8Array(PAGE),
    live: 0,
    values: [],
    errors: [],
    ranges: [],
    singles: undefined,
    singleCount: 0,
  };
}

/** The end of the run of equal bytes that starts at `from`. */
export function runEnd(rows: Uint8Array, from: number, to: number): number {
  const byte = rows[from];
  let at = from + 1;
  while (at < to && rows[at] === byte) at++;
  return at;
}

/**
 * Gives each held row in [from, to) this phase; gives how many are held. What has failed is not done any more: a block may cover it too, or
 * come late.
 */
export function mark(page: Page, from: number, to: number, phase: Phase, keepWanted: boolean): number {
  const { rows } = page;
  let held = 0;
  for (let at = from; at < to; at++) {
    const byte = rows[at]!;
    if (byte === Phase.none) continue;
    held++;
    if (phase === Phase.done && byte === Phase.failed) continue;
    rows[at] = keepWanted ? phase | (byte & WANTED) : phase;
  }
  return held;
}
