/**
 * Owns: the threads, what is taken from them and when they end.
 *
 * 1. A thread that is asked to hand over what it has not begun gets nothing until it has answered.
 * 2. A thread that ends gets nothing more; another takes its place when it is gone, but not when the worker leaves.
 * 3. Threads that end before they have started are tried again, FAILED_STARTS in a row.
 * 4. What a thread loses of a batch that was retired since is not run again: the scheduler expects no news of it, and its code may be gone.
 */
import { enqueue, noteWithdrawn, strand } from './inputs.ts';
import { resultsOf } from './results.ts';
import { SeqHeap } from './seq-heap.ts';
import type { Doomed, Order, Piece, State, Thread } from './state.ts';
import type { Turn } from './turn.ts';

export function startThread({ state, out }: Turn): void {
  const number = state.nextThread++;
  state.threads.set(number, {
    number, phase: 'starting', orders: new Map(), timed: 0, tasks: 0, micros: 0, given: 0,
    followers: new SeqHeap<Piece>(), running: [], doomed: [], last: undefined,
  }); // biome-ignore format: a record
  out.push({ do: 'start-thread', thread: number });
}

const FAILED_STARTS = 3;

/** Another takes the place of a thread that is gone; `startFailed` says of what, when it had not started. */
export function replaceThread(turn: Turn, startFailed?: string): void {
  const { state, out } = turn;
  if (startFailed !== undefined && ++state.failedStarts === FAILED_STARTS) {
    const reason = `its threads do not start: ${startFailed}; give it more memory, or fewer threads`;
    out.push({ do: 'give-up', reason });
  } else if (!state.leaving || state.pieces.size > 0) startThread(turn);
}

export function withdraw({ state, out }: Turn, number: number): void {
  const thread = state.threads.get(number);
  if (thread?.phase !== 'taking') return;
  thread.phase = 'withdrawing';
  out.push({ do: 'withdraw', thread: number });
}

export function doom({ out }: Turn, thread: Thread, doomed: Doomed): void {
  thread.doomed.push(doomed);
  if (thread.phase === 'ending') return;
  thread.phase = 'ending';
  out.push({ do: 'terminate-thread', thread: thread.number });
}

/** Tasks of an order were reported. */
export function settleOrder(order: Order, tasks: number): void {
  const { thread } = order;
  order.remaining -= tasks;
  thread.tasks -= tasks;
  thread.micros = thread.tasks === 0 ? 0 : thread.micros - tasks * order.microsEach;
  if (order.remaining > 0 || !thread.orders.delete(order.id)) return;
  if (order.piece.batch.order.timeoutMs !== undefined) thread.timed--;
}

/** An order turns out to take longer than thought. */
export function reckon(order: Order, microsEach: number): void {
  order.thread.micros += (microsEach - order.microsEach) * order.remaining;
  order.microsEach = microsEach;
}

/** Tasks on a thread that is gone, or that gives them up. */
export interface Left {
  readonly order: Order;
  readonly first: number;
  readonly end: number;
}

/** What the thread had not begun when it had begun `claimed` tasks in all is queued again. */
export function withdrawUnbegun(turn: Turn, thread: Thread, claimed: number): void {
  const tails: Left[] = [];
  for (const order of thread.orders.values()) {
    const first = Math.max(order.first, Math.min(order.end, order.first + claimed - order.claim));
    if (first === order.end) continue;
    tails.push({ order, first, end: order.end });
    order.end = first;
  }
  for (const { order, first, end } of tails) settleOrder(order, end - first);
  thread.given = claimed;
  requeue(turn, thread, tails, 0);
}

export function requeue(turn: Turn, thread: Thread, tasks: readonly Left[], deaths: 0 | 1): void {
  const batchOf = ({ piece }: Order) => piece.batch.order.batch;
  const isRetired = (order: Order) => turn.state.batches.get(batchOf(order)) !== order.piece.batch;
  for (const { order, first, end } of tasks) noteWithdrawn(turn, batchOf(order), first, end, thread.number);
  for (const { order, first, end } of tasks) {
    if (isRetired(order)) strand(turn, batchOf(order), first, end, 0);
    else enqueue(turn, { ...order.piece, deaths: order.piece.deaths + deaths }, first, end);
  }
}

/** What of an order was not reported. */
export function unreported({ state }: Turn, order: Order): Left[] {
  const { places } = resultsOf(state, order.piece.batch.order.batch);
  return places
    .over(order.first, order.end)
    .filter(({ value }) => value?.is === 'on-thread' && value.order === order)
    .map(({ first, end }) => ({ order, first, end }));
}

/** Whether a thread has tasks, and so may have news that it cannot tell while it runs one. */
export function hasTasks({ threads }: State): boolean {
  for (const thread of threads.values()) if (thread.tasks > 0) return true;
  return false;
}

/** Whether the shell should look at the threads every few milliseconds: only they know what runs, and for how long. */
export function wantsTicks({ threads }: State): boolean {
  let idle = false;
  let queueing = false;
  for (const thread of threads.values()) {
    if (thread.tasks === 0) idle ||= thread.phase === 'taking';
    else queueing ||= thread.orders.size > 1 || thread.tasks > 1;
    if (thread.timed > 0) return true;
  }
  return idle && queueing;
}
