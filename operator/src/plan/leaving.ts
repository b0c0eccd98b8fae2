/** How workers leave: asked to, let finish, and deleted when they have, or when their time is over. */
import { MARGIN_SECONDS } from '../desired/worker-pod.ts';
import { isRunning, RETIRING, time, type Worker } from '../observed/worker.ts';
import { again, type Context, refOf } from './context.ts';
import { UNKNOWN_MS } from './limits.ts';
import type { Command } from './types.ts';

/** For one that has nothing to finish, or no more time. */
export const dismiss = (worker: Worker, reason: string): Command => ({
  kind: 'deletePod',
  pod: refOf(worker),
  graceSeconds: MARGIN_SECONDS,
  reason,
});

/** For one that has to finish by itself: SIGTERM says so, and its pod's grace is the time it has. */
export const drain = (worker: Worker, reason: string): Command => ({
  kind: 'deletePod',
  pod: refOf(worker),
  reason,
});

/**
 * Begins to let workers go that may have work. The scheduler is told; when it has not been heard of for long, SIGTERM says the same, and
 * the pod's own grace is the time they have. Between the two they stay.
 */
export function retire(
  { observed: { scheduler }, moment: { now } }: Context,
  workers: readonly Worker[],
  reason: string,
): Command[] {
  if (workers.length === 0) return [];
  if (scheduler.known) {
    const annotations = { [RETIRING]: new Date(now).toISOString() };
    return [
      ...workers.map((worker): Command => ({ kind: 'annotatePod', pod: refOf(worker), annotations })),
      { kind: 'retire', workers: workers.map(({ name }) => name) },
    ];
  }
  const patience = scheduler.since + UNKNOWN_MS - now;
  if (patience > 0) return [again(patience)];
  return workers.map((worker) => drain(worker, reason));
}

/** Workers that were told before. */
export function planRetiring(context: Context, retiring: readonly Worker[]): Command[] {
  const told: string[] = [];
  const commands = retiring.flatMap((worker): Command[] => {
    const verdict = verdictOn(context, worker);
    if (verdict.kind === 'retire') told.push(worker.name);
    if (verdict.kind === 'delete') return [dismiss(worker, verdict.reason)];
    return [again(verdict.leftMs)];
  });
  return told.length > 0 ? [{ kind: 'retire', workers: told }, ...commands] : commands;
}

type Verdict =
  | { readonly kind: 'delete'; readonly reason: string }
  | { readonly kind: 'wait' | 'retire'; readonly leftMs: number };

function verdictOn({ observed, moment: { now } }: Context, worker: Worker): Verdict {
  const { cluster, scheduler } = observed;
  const since = time(worker.pod.metadata.annotations?.[RETIRING]);
  const leftMs = since + cluster.spec.drainSeconds * 1000 - now;
  if (leftMs <= 0) return { kind: 'delete', reason: `it had ${cluster.spec.drainSeconds} s to finish` };
  if (!isRunning(worker.pod, 'worker')) return { kind: 'delete', reason: 'it is not running' };
  // What the scheduler said before it was told proves nothing.
  if (!scheduler.known || scheduler.at <= since) return { kind: 'wait', leftMs };
  switch (worker.known?.state) {
    case undefined: {
      // It may be on its way back from a scheduler that was restarted, with all it holds.
      const patience = since + UNKNOWN_MS - now;
      if (patience > 0) return { kind: 'wait', leftMs: Math.min(patience, leftMs) };
      return { kind: 'delete', reason: 'the scheduler does not know it' };
    }
    case 'drained':
      return { kind: 'delete', reason: 'it has drained' };
    case 'draining':
      return { kind: 'wait', leftMs };
    case 'active':
      return { kind: 'retire', leftMs };
  }
}
