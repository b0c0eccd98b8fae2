/** What threads say: results, failures, what they had not begun, and their end. */
import type { EventOf, Report, ReportedBlock, ReportedError, Running } from './events.ts';
import { concurrencyOf } from './feed.ts';
import { arrive, strand } from './inputs.ts';
import { continueRecalls } from './on-recall.ts';
import { tell } from './output.ts';
import type { Doomed, Duration, Failure, Order, Thread } from './state.ts';
import {
  doom,
  type Left,
  reckon,
  replaceThread,
  requeue,
  settleOrder,
  unreported,
  withdraw,
  withdrawUnbegun,
} from './threads.ts';
import type { Turn } from './turn.ts';

/** A task that is this much longer under way than its thread's work was thought to take loses what queues behind it. */
const OVERRUN_MS = 4;
/** The clock of a thread does not tell shorter durations apart. */
const LEAST_MICROS = 0.2;

export function onThreadStarted({ state }: Turn, { thread: number }: EventOf<'thread-started'>): void {
  const thread = state.threads.get(number);
  if (thread?.phase !== 'starting') return;
  thread.phase = 'taking';
  state.failedStarts = 0;
}

export function onThreadReported(turn: Turn, event: EventOf<'thread-reported'>): void {
  const thread = turn.state.threads.get(event.thread);
  if (!thread) return;
  turn.credit = event.credit;
  const { blocks, errors, missing }: Report = event.report;
  for (const block of blocks) acceptBlock(turn, thread, block);
  for (const error of errors) acceptError(turn, thread, error);
  // Its input may be here by now; if it is nowhere, the task is handed back.
  for (const { order: id, index } of missing) {
    const order = thread.orders.get(id);
    if (!order) continue;
    settleOrder(order, 1);
    requeue(turn, thread, [{ order, first: index, end: index + 1 }], 0);
  }
  if (missing.length > 0) continueRecalls(turn);
}

function acceptBlock(
  turn: Turn,
  thread: Thread,
  { order: id, first, count, micros, content }: ReportedBlock,
): void {
  const order = thread.orders.get(id);
  if (!order) return;
  measure(order.piece.batch.fn.duration, count, micros);
  const { batch } = order.piece.batch.order;
  const block = arrive(turn, { batch, first, count, content, copy: false });
  thread.last = named(order, first + count - 1);
  settleOrder(order, count);
  turn.state.counts.finished += count;
  turn.finished(block, order.piece.run, micros);
}

function acceptError(
  turn: Turn,
  thread: Thread,
  { order: id, index, why, micros, content }: ReportedError,
): void {
  const order = thread.orders.get(id);
  if (!order) return;
  if (micros > 0) measure(order.piece.batch.fn.duration, 1, micros);
  thread.last = named(order, index);
  settleOrder(order, 1);
  fail(turn, order, index, WHY[why], content);
}

type Named = NonNullable<Thread['last']>;

function named({ piece }: Order, index: number): Named {
  const { batch, fn } = piece.batch.order;
  return { batch, index, name: fn.name };
}

const WHY = { threw: 'threw', 'refused-result': 'refusedResult', 'bad-code': 'badCode' } as const;

function fail(
  turn: Turn,
  order: Order,
  index: number,
  why: Parameters<Turn['erred']>[0]['why'],
  error: Uint8Array,
) {
  const { batch, run } = rowsOf(order, index);
  turn.state.counts.erred++;
  turn.erred({ batch, index, run, why }, error);
  lose(turn, order, index);
}

function lose(turn: Turn, order: Order, index: number): void {
  strand(turn, order.piece.batch.order.batch, index, index + 1, 0);
}

function rowsOf({ piece }: Order, index: number) {
  return { batch: piece.batch.order.batch, first: index, end: index + 1, run: piece.run };
}

/** A moving average that is quick to believe in less: the first calls of a function load and warm it. */
function measure(duration: Duration, count: number, micros: number): void {
  const each = Math.max(LEAST_MICROS, micros / count);
  const known = duration.micros ?? each;
  const weight = each < known || count >= 16 ? 0.8 : 0.4;
  duration.micros = known + (each - known) * weight;
}

export function onThreadWithdrawn(turn: Turn, event: EventOf<'thread-withdrawn'>): void {
  const thread = turn.state.threads.get(event.thread);
  if (thread?.phase !== 'withdrawing') return;
  thread.phase = 'taking';
  thread.running = event.running;
  withdrawUnbegun(turn, thread, event.claimed);
  continueRecalls(turn, thread.number);
}

export function onThreadExited(
  turn: Turn,
  { thread: number, running, reason }: EventOf<'thread-exited'>,
): void {
  const { state } = turn;
  const thread = state.threads.get(number);
  if (!thread) return;
  state.threads.delete(number);
  if (thread.phase === 'starting') return replaceThread(turn, reason);
  const ran = thread.phase === 'ending' ? [] : stillRan(turn, thread, running);
  const lost = casualties(turn, thread, ran);
  for (const { order, index, why } of lost) {
    if (placeOf(turn, order, index) !== order) continue;
    if (why === 'stopped') lose(turn, order, index);
    else fail(turn, order, index, WHY_ENDED[why], failure(turn, order, why, reason));
  }
  if (lost.length === 0) requeue(turn, thread, ran, 1);
  const left = [...thread.orders.values()].flatMap((order) => unreported(turn, order));
  requeue(turn, thread, left, lost.length + ran.length === 0 ? 1 : 0);
  replaceThread(turn);
  if (lost.length === 0) tellOfEnd(turn, thread, ran, reason);
  continueRecalls(turn, number);
}

/** Nobody else would: no task fails of it. */
function tellOfEnd(turn: Turn, { last }: Thread, ran: readonly Left[], reason: string): void {
  const [first] = ran;
  const task = first ? named(first.order, first.first) : last;
  if (!task) return;
  const how = first
    ? `${ran.length} tasks shared it, which run again one by one`
    : 'no task ran, perhaps of what this task had left behind';
  const text = `a thread of worker ${turn.state.settings.name} ended while ${how}: ${reason}\n`;
  tell(turn, { ...task, stream: 'stderr', text });
}

type Casualty = Omit<Doomed, 'why'> & { readonly why: Doomed['why'] | 'thread-died' };
const WHY_ENDED = { 'timed-out': 'timedOut', 'thread-died': 'threadDied' } as const;
/** A thread may die of what a task left behind, between tasks. What had a thread so often that died so is to blame itself. */
const MOST_DEATHS = 3;

/** What ran when the thread died, and was not reported. While a task waits for its imports, what others left behind goes on. */
function stillRan(turn: Turn, thread: Thread, running: readonly Running[]): Left[] {
  return running.flatMap(({ order: id, index, isImporting }) => {
    const order = thread.orders.get(id);
    const ran = order && !isImporting && placeOf(turn, order, index) === order;
    return ran ? [{ order, first: index, end: index + 1 }] : [];
  });
}

/**
 * A thread that we ended takes those along for whom it was ended; one that died by itself, the task that it ran. Where several shared it
 * nobody knows which it was: none is lost, and each runs alone then.
 */
function casualties(turn: Turn, thread: Thread, ran: readonly Left[]): Casualty[] {
  if (thread.phase === 'ending') return thread.doomed;
  const [only] = ran;
  if (only) return ran.length === 1 ? [{ order: only.order, index: only.first, why: 'thread-died' }] : [];
  const [first] = thread.orders.values();
  const next = first && unreported(turn, first)[0];
  const isToBlame = next !== undefined && next.order.piece.deaths + 1 >= MOST_DEATHS;
  return isToBlame ? [{ order: next.order, index: next.first, why: 'thread-died' }] : [];
}

function placeOf({ state }: Turn, order: Order, index: number): Order | undefined {
  const place = state.results.get(order.piece.batch.order.batch)?.places.at(index);
  return place?.is === 'on-thread' ? place.order : undefined;
}

function failure({ state }: Turn, order: Order, is: Failure['is'], reason: string): Uint8Array {
  const { fn, timeoutMs } = order.piece.batch.order;
  const said = is === 'timed-out' ? `it ran longer than timeoutMs: ${timeoutMs}` : reason;
  return state.settings.encodeFailure({ is, task: fn.name, attempt: order.piece.attempt, reason: said });
}

/** Ends what runs too long, and takes from a thread that turns out to be slow what another can begin now. */
export function onTicked(turn: Turn, { threads }: EventOf<'ticked'>): void {
  const { state } = turn;
  for (const { thread: number, running } of threads) {
    const thread = state.threads.get(number);
    if (thread === undefined || thread.phase === 'ending') continue;
    thread.running = running;
    endOverdue(turn, thread);
  }
  const idle = [...state.threads.values()].some(({ phase, tasks }) => phase === 'taking' && tasks === 0);
  if (idle && state.ready.size === 0) for (const thread of state.threads.values()) relieve(turn, thread);
}

function endOverdue(turn: Turn, thread: Thread): void {
  for (const { order: id, index, ms } of thread.running) {
    const order = thread.orders.get(id);
    const timeoutMs = order?.piece.batch.order.timeoutMs;
    if (order && timeoutMs !== undefined && ms > timeoutMs)
      doom(turn, thread, { order, index, why: 'timed-out' });
  }
}

function relieve(turn: Turn, thread: Thread): void {
  if (thread.phase !== 'taking' || thread.tasks <= thread.running.length) return;
  let late = false;
  for (const { order: id, ms } of thread.running) {
    const order = thread.orders.get(id);
    if (!order || ms < OVERRUN_MS || ms * 1_000 < order.microsEach * 2) continue;
    reckon(order, (ms * 1_000) / concurrencyOf(order.piece));
    late = true;
  }
  if (late) withdraw(turn, thread.number);
}
