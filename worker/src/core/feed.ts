/**
 * Owns: which thread gets what, and how much of it ahead.
 *
 * 1. A thread holds about `aheadMicros` of work, the shortest tasks at most TASKS_AT_ONCE in one order.
 * 2. Of a function never measured a thread holds no more than it runs at once, and nothing else.
 * 3. The least loaded thread is fed first, in order of arrival: what waits for a thread's own results goes behind them.
 * 4. What a thread died of, maybe, shares none again: of a second death it is known whose it is.
 * 5. After a turn nothing is ready while a thread has nothing.
 */
import type { InputSource } from './commands.ts';
import { endPiece, mayFollow, notePlaced } from './inputs.ts';
import { resultsOf } from './results.ts';
import { type ArgBlock, NO_THREAD, type Order, type Piece, type Thread } from './state.ts';
import type { Turn } from './turn.ts';

/** A thread is fed again when one of its orders is done, so each is a part of what it may hold. */
const ORDERS_AHEAD = 2;
export const TASKS_AT_ONCE = 4_096;
/** Work shorter than this is not split between threads. */
const SLICE_MICROS = 100;

export function feed(turn: Turn): void {
  const { state } = turn;
  const open: Thread[] = [];
  for (const thread of state.threads.values()) {
    if (thread.phase === 'taking' && (state.ready.size > 0 || thread.followers.size > 0)) open.push(thread);
  }
  if (open.length === 0) return;
  const slices = new Map<Piece, number>();
  while (open.length > 0) {
    const at = leastLoaded(open);
    const thread = open[at] as Thread;
    const piece = nextFor(turn, thread);
    const tasks = piece === undefined ? 0 : portion(turn, piece, thread, slices, open.length);
    if (piece === undefined || tasks === 0) close(open, at);
    else place(turn, thread, piece, tasks);
  }
}

/** The rest stay in their order; a splice would make a list of what it takes. */
function close(open: Thread[], at: number): void {
  for (let i = at + 1; i < open.length; i++) open[i - 1] = open[i]!;
  open.pop();
}

function leastLoaded(open: readonly Thread[]): number {
  let best = 0;
  for (let at = 1; at < open.length; at++) if (open[at]!.micros < open[best]!.micros) best = at;
  return best;
}

/** The earliest piece that is ready, or that may follow on this thread. */
function nextFor({ state }: Turn, thread: Thread): Piece | undefined {
  const { followers } = thread;
  for (let top = followers.peek(); top && !mayFollow(top, thread.number); top = followers.peek()) {
    followers.pop();
    top.following = NO_THREAD;
  }
  while (state.ready.peek()?.phase === 'gone') state.ready.pop();
  const ready = state.ready.peek();
  const follower = followers.peek();
  if (ready === undefined || follower === undefined) return ready ?? follower;
  return follower.seq < ready.seq ? follower : ready;
}

/** How many of its tasks may share a thread. */
export function concurrencyOf({ batch, deaths }: Piece): number {
  return deaths > 0 ? 1 : batch.concurrency;
}

/** How many tasks of the piece this thread takes now. */
function portion(
  { state }: Turn,
  piece: Piece,
  thread: Thread,
  slices: Map<Piece, number>,
  threads: number,
): number {
  const { aheadMicros } = state.settings;
  const orderMicros = aheadMicros / ORDERS_AHEAD;
  const concurrency = concurrencyOf(piece);
  const { micros } = piece.batch.fn.duration;
  const idle = Math.max(0, concurrency - thread.tasks);
  const count = piece.end - piece.first;
  if (micros === undefined) return onlyUnknown(piece, thread) ? Math.min(idle, count) : 0;
  const each = micros / concurrency;
  const room = Math.max(idle, Math.floor((aheadMicros - thread.micros) / each));
  if (room <= 0) return 0;
  let slice = slices.get(piece);
  if (slice === undefined) {
    slice = Math.ceil(Math.max(count / threads, SLICE_MICROS / each));
    slices.set(piece, slice);
  }
  const order = Math.max(idle, 1, Math.floor(orderMicros / each));
  const tasks = Math.min(count, room, order, slice, TASKS_AT_ONCE);
  // Scraps wait: a thread that has work is fed when there is room for a good part of an order.
  return idle > 0 || tasks === count || tasks * each >= orderMicros / 2 ? tasks : 0;
}

function onlyUnknown(piece: Piece, thread: Thread): boolean {
  if (thread.tasks === 0) return true;
  for (const order of thread.orders.values()) if (order.piece.batch !== piece.batch) return false;
  return true;
}

function place(turn: Turn, thread: Thread, piece: Piece, tasks: number): void {
  const { batch, attempt, first } = piece;
  const { fn, order: what } = batch;
  const concurrency = concurrencyOf(piece);
  const end = first + tasks;
  const id = turn.state.nextId++;
  const microsEach = (fn.duration.micros ?? turn.state.settings.aheadMicros) / concurrency;
  const order: Order = { id, thread, piece, first, end, claim: thread.given, remaining: tasks, microsEach };
  turn.give(thread.number, {
    order: id, fn, batch: what.batch, first, count: tasks, attempt, concurrency,
    args: argsOf(piece, end), inputs: sourcesOf(turn, piece),
  }); // biome-ignore format: a record
  thread.orders.set(id, order);
  thread.given += tasks;
  if (what.timeoutMs !== undefined) thread.timed++;
  thread.tasks += tasks;
  thread.micros += tasks * microsEach;
  resultsOf(turn.state, what.batch).places.set(first, end, { is: 'on-thread', order });
  piece.first = end;
  if (piece.first === piece.end) leaveQueue(turn, thread, piece);
  notePlaced(turn, what.batch, order);
}

function leaveQueue(turn: Turn, thread: Thread, piece: Piece): void {
  if (turn.state.ready.peek() === piece) turn.state.ready.pop();
  else if (thread.followers.peek() === piece) thread.followers.pop();
  endPiece(turn, piece);
}

function argsOf(piece: Piece, end: number): ArgBlock[] {
  const blocks: ArgBlock[] = [];
  for (const { value } of piece.batch.args.over(piece.first, end)) if (value) blocks.push(value);
  return blocks;
}

function sourcesOf(turn: Turn, { inputs }: Piece): InputSource[] {
  const sources: InputSource[] = [];
  for (const { task, batch, index, count } of inputs) {
    for (const { first, end, value } of resultsOf(turn.state, batch).places.over(index, index + count)) {
      const block = value?.is === 'stored' ? value.block : undefined;
      sources.push({
        task: task + first - index, count: end - first, block, batch, index: first - (block?.first ?? 0),
      }); // biome-ignore format: a record
    }
  }
  return sources;
}
