/**
 * What a client's session has asked and been told. Owns the ledger of its tasks, who waits for them, and the blocks that
 * came with more values than were wanted.
 *
 * 1. A value is wanted from the scheduler once until it comes, however many wait for it.
 * 2. A watch hears of each of its rows exactly once, and leaves when it heard of the last.
 * 3. What covers only released tasks is forgotten; kept values are bounded by `keepBytes`, the oldest go first.
 * 4. Nothing is wanted, and nobody waits, after `lost`.
 */
import type { Blocks, Command, Event, Places, Rows } from './events.ts';
import { findKept, forget, keep, overlapping } from './kept.ts';
import {
  eachPage, type Kept, type Ledger, mark, mint, PAGE, type Page, Phase, pageOf, runEnd, WANTED,
} from './ledger.ts'; // biome-ignore format: one thought
import type { Watch } from './watch.ts';
import { addWatch, removeWatch, tellPage } from './watches.ts';

export interface SessionState {
  readonly ledger: Ledger;
  /** Blocks of values kept for rows that nobody has taken yet, oldest first. */
  readonly kept: Set<Kept>;
  keptBytes: number;
  readonly keepBytes: number;
  /** Every watch that still waits. */
  readonly watches: Set<Watch>;
  lost: boolean;
}

export function newSession(keepBytes: number): SessionState {
  return { ledger: [], kept: new Set(), keptBytes: 0, keepBytes, watches: new Set(), lost: false };
}

type Handler<E> = (state: SessionState, event: E, out: Command[]) => void;
type On<K extends Event['on']> = Extract<Event, { on: K }>;

const handlers: { readonly [K in Event['on']]: Handler<On<K>> } = {
  minted: (state, { first, count }) => mint(state.ledger, first, count),
  watched,
  unwatched: (state, { watch }) => {
    state.watches.delete(watch);
    removeWatch(state.ledger, watch);
  },
  released,
  done: (state, { rows }, out) =>
    eachRow(rows, (first, count) => settled(state, first, count, Phase.done, out)),
  undone: (state, { rows }) =>
    eachRow(rows, (first, count) =>
      eachPage(state.ledger, first, count, (page, from, to) => mark(page, from, to, Phase.pending, true)),
    ),
  results: (state, { rows }, out) => results(state, rows, out),
  located,
  failed: (state, { rows }, out) => failed(state, rows, out),
  fetched: (state, { first, count, block }, out) => {
    if (mayStillCome(state, first, count)) arrived(state, first, count, block, out);
  },
  'fetch-failed': fetchFailed,
  'given-up': givenUp,
  lost: (state, _, out) => {
    state.lost = true;
    for (const watch of state.watches) out.push({ do: 'give-up', watch });
    for (const watch of state.watches) removeWatch(state.ledger, watch);
    state.watches.clear();
  },
};

export function step(state: SessionState, event: Event, out: Command[]): void {
  (handlers[event.on] as Handler<Event>)(state, event, out);
}

/** The error of a failed task, as it came. */
export function errorOf(state: SessionState, task: number): Uint8Array | undefined {
  const page = pageOf(state.ledger, task);
  return page && findKept(page, 'errors', task).kept?.bytes;
}

function eachRow(rows: Rows, visit: (first: number, count: number, row: number) => void): void {
  for (let row = 0; row < rows.first.length; row++) visit(rows.first[row]!, rows.count[row]!, row);
}

// ------------------------------------------------------------------------------------------------------- somebody waits

function watched(state: SessionState, { watch }: On<'watched'>, out: Command[]): void {
  if (watch.count === 0) return;
  state.watches.add(watch);
  addWatch(state.ledger, watch);
  const end = watch.first + watch.count;
  for (let task = watch.first; task < end; ) {
    const base = task - (task % PAGE);
    const stop = Math.min(end, base + PAGE);
    const page = pageOf(state.ledger, task);
    if (page) answerKnown(state, page, { base, from: task - base, to: stop - base }, watch, out);
    else tellOne(watch, task, stop, (first, count) => out.push({ do: 'miss', watch, first, count }));
    task = stop;
  }
  if (watch.left === 0) finish(state, watch);
  else if (state.lost) {
    finish(state, watch);
    out.push({ do: 'give-up', watch });
  }
}

interface Span {
  readonly base: number;
  readonly from: number;
  readonly to: number;
}

/** Answers a new watch from what is known, and asks the scheduler for the rest. */
function answerKnown(state: SessionState, page: Page, span: Span, watch: Watch, out: Command[]): void {
  const { base } = span;
  for (let row = span.from; row < span.to; ) {
    const stop = runEnd(page.rows, row, span.to);
    const phase = page.rows[row]! & ~WANTED;
    const run = { base, from: row, to: stop };
    if (phase === Phase.none) {
      tellOne(watch, base + row, base + stop, (first, count) =>
        out.push({ do: 'miss', watch, first, count }),
      );
    } else if (phase === Phase.failed) failKnown(page, run, watch, out);
    else if (watch.wants === 'value') takeOrWant(state, page, run, watch, out);
    else if (phase === Phase.done) {
      tellOne(watch, base + row, base + stop, (first, count) =>
        out.push({ do: 'settle', watch, first, count }),
      );
    }
    row = stop;
  }
}

function tellOne(watch: Watch, from: number, to: number, tell: (first: number, count: number) => void): void {
  const { told } = watch;
  watch.left -= to - from;
  told?.fill(1, from - watch.first, to - watch.first);
  tell(from, to - from);
}

function failKnown(page: Page, { base, from, to }: Span, watch: Watch, out: Command[]): void {
  for (let task = base + from; task < base + to; ) {
    const { kept, next } = findKept(page, 'errors', task);
    const stop = Math.min(next, base + to);
    tellOne(watch, task, stop, (first, count) => {
      if (watch.wants === 'outcome') out.push({ do: 'settle', watch, first, count });
      else out.push({ do: 'fail', watch, first, count, error: kept!.bytes });
    });
    task = stop;
  }
}

function takeOrWant(
  state: SessionState,
  page: Page,
  { base, from, to }: Span,
  watch: Watch,
  out: Command[],
): void {
  for (let task = base + from; task < base + to; ) {
    const { kept, next } = findKept(page, 'values', task);
    const stop = Math.min(next, base + to);
    if (kept) {
      tellOne(watch, task, stop, (first, count) =>
        out.push({ do: 'deliver', watch, first, count, block: kept }),
      );
    } else want(state, page, { base, from: task - base, to: stop - base }, out);
    task = stop;
  }
}

function want(state: SessionState, page: Page, { base, from, to }: Span, out: Command[]): void {
  if (state.lost) return;
  if ((page.rows[from]! & WANTED) !== 0) return;
  for (let row = from; row < to; row++) page.rows[row] = page.rows[row]! | WANTED;
  out.push({ do: 'want', first: base + from, count: to - from });
}

function finish(state: SessionState, watch: Watch): void {
  state.watches.delete(watch);
  removeWatch(state.ledger, watch);
}

// --------------------------------------------------------------------------------------------------------- what is told

function settled(state: SessionState, first: number, count: number, phase: Phase, out: Command[]): void {
  eachPage(state.ledger, first, count, (page, from, to, base) => {
    mark(page, from, to, phase, phase === Phase.done);
    tellPage(state.ledger, page, { base, from, to }, 'outcome', (watch, at, rows) => {
      if (watch.left === 0) state.watches.delete(watch);
      out.push({ do: 'settle', watch, first: at, count: rows });
    });
  });
}

function results(state: SessionState, rows: Blocks, out: Command[]): void {
  eachRow(rows, (first, count, row) => arrived(state, first, count, rows.sections[row]!, out));
}

/** Some of these are held, and have not failed. */
function mayStillCome(state: SessionState, first: number, count: number): boolean {
  let some = false;
  eachPage(state.ledger, first, count, ({ rows }, from, to) => {
    for (let at = from; at < to; at++) some ||= rows[at] !== Phase.none && rows[at] !== Phase.failed;
  });
  return some;
}

/** Values came: tells who waits, and keeps the block when some of its tasks are held and nobody took them. */
function arrived(state: SessionState, first: number, count: number, bytes: Uint8Array, out: Command[]): void {
  const block: Kept = { first, count, bytes, live: 0, read: undefined };
  let taken = 0;
  settled(state, first, count, Phase.done, out);
  eachPage(state.ledger, first, count, (page, from, to, base) => {
    block.live += mark(page, from, to, Phase.done, false);
    let takenHere = 0;
    tellPage(state.ledger, page, { base, from, to }, 'value', (watch, at, rows) => {
      if (watch.left === 0) state.watches.delete(watch);
      takenHere += rows;
      out.push({ do: 'deliver', watch, first: at, count: rows, block });
    });
    taken += Math.min(takenHere, to - from);
  });
  if (block.live > taken) keepBlock(state, block);
}

function keepBlock(state: SessionState, block: Kept): void {
  eachPage(state.ledger, block.first, block.count, (page, from, to, base) => {
    for (const older of overlapping(page, 'values', base + from, base + to)) dropBlock(state, older);
  });
  keep(state.ledger, 'values', block);
  state.kept.add(block);
  state.keptBytes += block.bytes.length;
  for (const oldest of state.kept) {
    if (state.keptBytes <= state.keepBytes) break;
    dropBlock(state, oldest);
  }
}

function dropBlock(state: SessionState, block: Kept): void {
  if (!state.kept.delete(block)) return;
  state.keptBytes -= block.bytes.length;
  forget(state.ledger, 'values', block);
}

function failed(state: SessionState, rows: Blocks, out: Command[]): void {
  eachRow(rows, (first, count, row) => {
    const error: Kept = { first, count, bytes: rows.sections[row]!, live: 0, read: undefined };
    eachPage(state.ledger, first, count, (page, from, to, base) => {
      for (const older of overlapping(page, 'errors', base + from, base + to)) {
        forget(state.ledger, 'errors', older);
      }
      error.live += mark(page, from, to, Phase.failed, false);
      tellPage(state.ledger, page, { base, from, to }, 'all', (watch, at, told) => {
        if (watch.left === 0) state.watches.delete(watch);
        if (watch.wants === 'outcome') out.push({ do: 'settle', watch, first: at, count: told });
        else out.push({ do: 'fail', watch, first: at, count: told, error: error.bytes });
      });
    });
    if (error.live > 0) keep(state.ledger, 'errors', error);
  });
}

/** Too large to ride along: to be fetched, if somebody still waits. */
function located(state: SessionState, { rows }: On<'located'>, out: Command[]): void {
  eachRow(rows, (first, count, row) => {
    settled(state, first, count, Phase.done, out);
    let held = 0;
    eachPage(state.ledger, first, count, (page, from, to) => {
      for (let at = from; at < to; at++) if (page.rows[at] !== Phase.none) held++;
    });
    if (held > 0) out.push({ do: 'fetch', first, count, place: placeOf(rows, row) });
  });
}

const placeOf = (rows: Places, row: number) => ({
  worker: rows.worker[row]!,
  batch: rows.batch[row]!,
  index: rows.index[row]!,
  bytes: rows.bytes[row]!,
});

function fetchFailed(state: SessionState, { first, count }: On<'fetch-failed'>, out: Command[]): void {
  eachPage(state.ledger, first, count, (page, from, to, base) => {
    for (let row = from; row < to; ) {
      const stop = runEnd(page.rows, row, to);
      const byte = page.rows[row]!;
      if (!state.lost && (byte & WANTED) !== 0)
        out.push({ do: 'want', first: base + row, count: stop - row });
      row = stop;
    }
  });
}

/** Later watches ask for it once more. */
function givenUp(state: SessionState, { first, count, error }: On<'given-up'>, out: Command[]): void {
  eachPage(state.ledger, first, count, (page, from, to, base) => {
    for (let row = from; row < to; row++) page.rows[row] = page.rows[row]! & ~WANTED;
    const waiting = new Set<Watch>();
    tellPage(state.ledger, page, { base, from, to }, 'value', (watch) => waiting.add(watch));
    for (const watch of waiting) {
      finish(state, watch);
      out.push({ do: 'give-up', watch, error });
    }
  });
}

function released(state: SessionState, { first, count }: On<'released'>, out: Command[]): void {
  eachPage(state.ledger, first, count, (page, from, to, base) => {
    for (let row = from; row < to; ) {
      const stop = runEnd(page.rows, row, to);
      if (page.rows[row] !== Phase.none) releaseRun(state, page, { base, from: row, to: stop }, out);
      row = stop;
    }
    if (page.live === 0) state.ledger[base / PAGE] = undefined;
  });
}

function releaseRun(state: SessionState, page: Page, { base, from, to }: Span, out: Command[]): void {
  page.rows.fill(Phase.none, from, to);
  page.live -= to - from;
  tellPage(state.ledger, page, { base, from, to }, 'all', (watch, first, count) => {
    if (watch.left === 0) state.watches.delete(watch);
    out.push({ do: 'miss', watch, first, count });
  });
  for (const shelf of ['values', 'errors'] as const) {
    for (const record of overlapping(page, shelf, base + from, base + to)) {
      const overlap = Math.min(record.first + record.count, base + to) - Math.max(record.first, base + from);
      record.live -= overlap;
      if (record.live > 0) continue;
      if (shelf === 'values') dropBlock(state, record);
      else forget(state.ledger, shelf, record);
    }
  }
  if (!state.lost) out.push({ do: 'release', first: base + from, count: to - from });
}
