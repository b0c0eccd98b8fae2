/**
 * The scheduler's pod should be there and is not. Why, the StatefulSet's controller tells nobody who asks (but in Events), so the API
 * server is asked itself. When it would take the pod, the controller is woken: after many refusals it would wait for up to 17 minutes.
 */
import { childrenOf } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { schedulerPod } from '../desired/scheduler-pod.ts';
import type { Observed } from '../observed/types.ts';
import { time } from '../observed/worker.ts';
import { again, type Context } from './context.ts';
import { MISSING_MS, REFUSED_MS } from './limits.ts';
import { isRolledOut } from './rolled-out.ts';
import type { Command } from './types.ts';

export function planMissingScheduler({ observed, desired, moment: { now } }: Context): Command[] {
  const { cluster } = observed;
  const { revision, replicas } = desired.scheduler;
  if (observed.schedulerPod || !revision || replicas === 0) return [];
  // The controller has not looked yet.
  if (!isRolledOut(observed, revision.hash)) return [];
  const key = keyOf(cluster);
  const trial = observed.trials[key];
  const due = Math.max(
    (unreadySince(cluster) ?? now) + MISSING_MS,
    (trial?.at ?? Number.NEGATIVE_INFINITY) + REFUSED_MS,
  );
  if (due <= now) return [{ kind: 'dryRun', key, pod: schedulerPod(cluster, revision, key) }];
  return [...wake(observed, desired), again(due - now)];
}

/** Why the API server does not take the scheduler's pod, as it last said; nothing when there is a pod, or none is wanted. */
export function refusalOfScheduler({ cluster, schedulerPod, trials }: Observed): string | undefined {
  if (schedulerPod || cluster.spec.suspend) return undefined;
  const trial = trials[keyOf(cluster)];
  return trial && trial.at >= (unreadySince(cluster) ?? 0) ? trial.refusal : undefined;
}

const keyOf = ({ metadata }: TaskCluster) => childrenOf(metadata.name).schedulerPod;

/** As the status has it; a restart of the operator forgets nothing. */
function unreadySince({ status }: TaskCluster): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'SchedulerReady');
  return ready?.status === 'False' ? time(ready.lastTransitionTime) : undefined;
}

const WOKEN = 'taskloom.dev/woken-at';

/** Any change of its StatefulSet makes the controller look again. One for each time that the API server has said yes. */
function wake({ cluster, trials, children }: Observed, { objects }: Context['desired']): Command[] {
  const trial = trials[keyOf(cluster)];
  const { scheduler } = childrenOf(cluster.metadata.name);
  const isSet = ({ kind, metadata }: (typeof objects)[number]) =>
    kind === 'StatefulSet' && metadata.name === scheduler;
  const set = objects.find(isSet);
  if (!set || !trial || trial.refusal !== undefined) return [];
  const woken = new Date(trial.at).toISOString();
  if (children.find(isSet)?.metadata.annotations?.[WOKEN] === woken) return [];
  const metadata = { ...set.metadata, annotations: { ...set.metadata.annotations, [WOKEN]: woken } };
  return [{ kind: 'apply', object: { ...set, metadata } }];
}
