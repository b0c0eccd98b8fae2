/** A cluster that nobody uses: what its spec says shall become of it. */
import type { Observed } from '../observed/types.ts';
import { hasBeenReady, isReady, time } from '../observed/worker.ts';
import { again, type Context } from './context.ts';
import { FRESH_MS } from './limits.ts';
import type { Command } from './types.ts';

export function planIdle({ observed, moment: { now } }: Context): Command[] {
  const { idle, suspend } = observed.cluster.spec;
  if (!idle || suspend) return [];
  const since = idleSince(observed, now);
  if (since === undefined) return [];
  const left = since + idle.seconds * 1000 - now;
  if (left > 0) return [again(left)];
  const reason = observed.scheduler.known
    ? `no client and no work for ${idle.seconds} s`
    : `its scheduler was not up in ${idle.seconds} s, so there is no client and no work`;
  return [{ kind: idle.action === 'Delete' ? 'deleteCluster' : 'suspendCluster', reason }];
}

function idleSince({ cluster, scheduler, schedulerPod }: Observed, now: number): number | undefined {
  if (!scheduler.known) {
    const { awaitedSince } = cluster.status ?? {};
    return awaitedSince === undefined || wasUp(schedulerPod) ? undefined : time(awaitedSince);
  }
  // What was so may no longer be so: the next answer comes by itself.
  if (scheduler.status.idleMs === null || now - scheduler.at > FRESH_MS) return undefined;
  return scheduler.at - scheduler.status.idleMs;
}

/** What has been up may have clients and work, whatever keeps it from saying so. */
const wasUp = (pod: Observed['schedulerPod']) =>
  pod !== undefined && (isReady(pod) || hasBeenReady(pod, 'scheduler'));

/** Whether the scheduler can have had a client since the cluster began or was resumed, as far as can be seen now. */
export const hasBeenUp = ({ scheduler, schedulerPod }: Observed): boolean =>
  scheduler.known || wasUp(schedulerPod);
