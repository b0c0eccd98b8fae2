// Fixed work: a count of integer operations calibrated to about a millisecond. A clock would not do: a task
// that spins for a millisecond of wall time looks busy while it is preempted. The Python contenders run the
// same steps (contenders/python/kernel.py).
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Marsaglia's xorshift32 (2003), `count` steps. Self-contained, so that it travels; the answer keeps it from being skipped. Words and no
 * sums: an addition that leaves 32 bits now and then is compiled by V8 in two ways, one five times as slow as the other.
 */
export function kernel(count: number): number {
  let x = 2463534242 | 0;
  for (let i = 0; i < count; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x >>> 0;
}

/** How many steps take `targetMs` on one undisturbed core: the fastest of several tries. */
export function countForMs(targetMs: number): number {
  let count = 1000;
  while (fastestMs(count, 3) < 5) count *= 2;
  return Math.max(1, Math.round((count * targetMs) / fastestMs(count, 9)));
}

function fastestMs(count: number, tries: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < tries; i++) {
    const began = performance.now();
    kernel(count);
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

export interface Share {
  readonly count: number;
  readonly calls: number;
  readonly threads: number;
  readonly gate: SharedArrayBuffer;
}

/** Wall time of `calls` kernels split over `threads` with nothing between them: what the machine allows. */
export async function idealSeconds(count: number, calls: number, threads = 2): Promise<number> {
  const share: Share = { count, calls: Math.floor(calls / threads), threads, gate: new SharedArrayBuffer(4) };
  const file = new URL('./ideal_thread.ts', import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(file, { workerData: share }));
  const walls = await Promise.all(
    workers.map(async (worker) => {
      const [wall] = await once(worker, 'message');
      return Number(wall);
    }),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  return Math.max(...walls);
}
