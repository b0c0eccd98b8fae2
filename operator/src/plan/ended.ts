/**
 * Pods that have ended: evicted, refused by their node, left by their worker. They are replaced at once, or after a while when they lived
 * shortly; the last few stay until the group is complete, so that people see what became of them.
 */
import { ATTEMPT, changedAt, type Worker } from '../observed/worker.ts';
import { again, refOf } from './context.ts';
import { BACKOFF_MS, LONGEST_BACKOFF_MS, MOST_ENDED, SHORT_LIFE_MS } from './limits.ts';
import type { Command } from './types.ts';

export interface Ended {
  readonly commands: readonly Command[];
  /** Places that are not filled yet, because the pod that had them ended so soon. */
  readonly waiting: number;
  /** For the pods that are made now. */
  readonly attempt: number;
}

export function planEnded(ended: readonly Worker[], complete: boolean, now: number): Ended {
  const soon = ended.filter(endedSoon);
  const waiting = complete ? [] : soon.filter((worker) => retryAt(worker) > now);
  const failed = ended.filter((worker) => hasFailed(worker) && !waiting.includes(worker));
  const newestFirst = failed.sort((a, b) => changedAt(b.pod) - changedAt(a.pod));
  const kept = new Set(complete ? [] : [...waiting, ...newestFirst.slice(0, MOST_ENDED)]);
  const removed = ended.filter((worker) => !kept.has(worker));
  return {
    waiting: waiting.length,
    attempt: soon.length > 0 ? Math.max(...soon.map(attemptOf)) + 1 : 0,
    commands: [
      ...removed.map(
        (worker): Command => ({ kind: 'deletePod', pod: refOf(worker), reason: 'it has ended' }),
      ),
      ...waiting.map((worker) => again(retryAt(worker) - now)),
    ],
  };
}

const attemptOf = ({ pod }: Worker) => Number(pod.metadata.annotations?.[ATTEMPT] ?? 0);

/** One that left cleanly was told to, and has nothing to show. */
const hasFailed = ({ pod }: Worker) => pod.status?.phase === 'Failed';
const endedSoon = (worker: Worker) =>
  hasFailed(worker) && changedAt(worker.pod) - worker.createdAt < SHORT_LIFE_MS;

const retryAt = (worker: Worker) =>
  changedAt(worker.pod) + Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** attemptOf(worker));
