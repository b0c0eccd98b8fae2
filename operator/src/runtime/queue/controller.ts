/** Takes keys from a queue and has them reconciled: many at a time, each key once at a time. */
import { type Clock, systemClock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { type Instruments, noInstruments } from '../metrics.ts';
import type { WorkQueue } from './queue.ts';

/** When to look again without being told. */
export interface Outcome {
  readonly againAfterMs?: number | undefined;
}

export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  /** Must heed the signal; what it throws is tried again, later each time. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>;
  readonly failed?: (failure: {
    readonly key: string;
    readonly error: unknown;
    readonly waitMs: number;
  }) => void;
  /** How many keys at a time (16). */
  readonly workers?: number;
  /** A reconcile that takes longer is told to end, in milliseconds (2 minutes). */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  readonly instruments?: Instruments;
}

const WORKERS = 16;
const TIMEOUT_MS = 120_000;

/** Runs until the queue is shut, and what was begun is done; the signal ends that too. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { name, workers = WORKERS, instruments = noInstruments } = options;
  instruments.maxWorkers.set(workers, { controller: name });
  let active = 0;
  const shutDown = () => void options.queue.shutDown();
  if (signal.aborted) shutDown();
  signal.addEventListener('abort', shutDown, { once: true });
  const work = async () => {
    for (let key = await options.queue.take(); key !== undefined; key = await options.queue.take()) {
      instruments.activeWorkers.set(++active, { controller: name });
      try {
        await one(options, key, signal);
      } finally {
        instruments.activeWorkers.set(--active, { controller: name });
        options.queue.done(key);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  signal.removeEventListener('abort', shutDown);
}

async function one(options: ControllerOptions, key: string, stop: AbortSignal): Promise<void> {
  const { name, queue, clock = systemClock, instruments = noInstruments, timeoutMs = TIMEOUT_MS } = options;
  const began = clock.now();
  const late = new AbortController();
  const cancel = clock.after(timeoutMs, () =>
    late.abort(new ApiError('timeout', `reconciling ${key} took more than ${timeoutMs} ms`)),
  );
  let result = 'success';
  try {
    const { againAfterMs } = await options.reconcile(key, AbortSignal.any([stop, late.signal]));
    queue.forget(key);
    if (againAfterMs !== undefined) {
      queue.addAfter(key, againAfterMs);
      result = 'requeue_after';
    }
  } catch (error) {
    if (stop.aborted) return;
    result = 'error';
    instruments.reconcileErrors.inc({ controller: name });
    const leastMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    options.failed?.({ key, error, waitMs: queue.addAfterFailure(key, leastMs) });
  } finally {
    cancel();
    instruments.reconciles.inc({ controller: name, result });
    instruments.reconcileSeconds.observe((clock.now() - began) / 1_000, { controller: name });
  }
}
