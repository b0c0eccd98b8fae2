/** The scheduler's pod: replaced when it is not what it should be and has nothing to lose. */

import { REVISION } from '../desired/labels.ts';
import { MARGIN_SECONDS } from '../desired/worker-pod.ts';
import type { Pod } from '../observed/pod.ts';
import type { Observed } from '../observed/types.ts';
import { containerStatus, isReady, isRunning } from '../observed/worker.ts';
import type { Context } from './context.ts';
import { isRolledOut } from './rolled-out.ts';
import type { Command } from './types.ts';

export function planScheduler({ observed, desired }: Context): Command[] {
  const { schedulerPod } = observed;
  const { revision, replicas } = desired.scheduler;
  if (!schedulerPod || !revision || replicas === 0 || schedulerPod.metadata.deletionTimestamp) return [];
  if (!isOutdated(schedulerPod, revision.hash)) return [];
  const broken = isBroken(schedulerPod);
  if (!broken && !isIdle(observed)) return [];
  // Or the controller would make the same again.
  if (!isRolledOut(observed, revision.hash)) return [];
  const { name, namespace = '', uid = '' } = schedulerPod.metadata;
  const reason = 'the spec has changed';
  const pod = { name, namespace, uid };
  const only = broken ? {} : { whileIdle: true as const };
  return [{ kind: 'deletePod', pod, graceSeconds: MARGIN_SECONDS, reason, ...only }];
}

export const isOutdated = (pod: Pod, hash: string): boolean => pod.metadata.annotations?.[REVISION] !== hash;

/** Clients and unfinished work keep a scheduler; of one that does not answer nobody knows. */
export const isIdle = ({ scheduler }: Observed): boolean =>
  scheduler.known && scheduler.status.idleMs !== null;

/** It does not run, or not for long: whatever it knew is lost already. */
const isBroken = (pod: Pod): boolean =>
  !isReady(pod) &&
  (!isRunning(pod, 'scheduler') || (containerStatus(pod, 'scheduler')?.restartCount ?? 0) > 0);
