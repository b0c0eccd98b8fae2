/** The one place where status is written: when it says something new, and not more often than anybody reads. */
import { isDeepStrictEqual } from 'node:util';
import type { TaskClusterStatus } from '../crd/resource.ts';
import type { Announce } from '../plan/signatures.ts';
import { isApiError } from '../runtime/index.ts';
import { tell } from './carry-out.ts';
import { TASK_CLUSTERS } from './kinds.ts';
import type { Turn } from './turn.ts';

/** Counts of pods that come one after the other are written together, in milliseconds. */
const COUNTS_MS = 200;
/** What the tasks do changes all the time, in milliseconds. */
const TASKS_MS = 5_000;

/** Answers in how many milliseconds the rest is to be written, if any is left. */
export async function writeStatus(
  turn: Turn,
  status: TaskClusterStatus,
  announce: Announce,
  now: number,
): Promise<number | undefined> {
  const { cluster, memory, kube, caches, signal } = turn;
  const before = cluster.status;
  if (before && isDeepStrictEqual(before, status)) return undefined;
  const waitMs = memory.statusAt + pauseMs(before, status) - now;
  if (waitMs > 0) return waitMs;
  const { namespace, name, uid } = cluster.metadata;
  const metadata = { name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) };
  try {
    const said = { metadata, status } as unknown as typeof cluster;
    caches.clusters.learn(await kube.apply(TASK_CLUSTERS, said, { subresource: 'status', signal }));
  } catch (error) {
    // The cluster went while we looked at it.
    if (isApiError(error, 'not-found', 'conflict')) return undefined;
    throw error;
  }
  memory.statusAt = now;
  for (const event of announce(before, status)) tell(turn, event);
  return undefined;
}

/** What a person waits for is written at once. */
function pauseMs(before: TaskClusterStatus | undefined, after: TaskClusterStatus): number {
  const conditions = (status: TaskClusterStatus | undefined) =>
    (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type} ${is} ${reason}`);
  if (!isDeepStrictEqual(conditions(before), conditions(after))) return 0;
  if (before?.observedGeneration !== after.observedGeneration) return 0;
  const { tasks: _, clients: __, ...rest } = before ?? {};
  const { tasks: ___, clients: ____, ...others } = after;
  return isDeepStrictEqual(rest, others) ? TASKS_MS : COUNTS_MS;
}
