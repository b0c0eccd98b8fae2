/** The status: all of it is worked out anew from what there is now, but for the dates of what has not changed. */
import { DEFAULT_GROUP } from '../crd/names.ts';
import type { Condition, TaskClusterStatus } from '../crd/resource.ts';
import { CONDITIONS } from '../crd/status.ts';
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import { time, workerOf } from '../observed/worker.ts';
import { hasBeenUp } from '../plan/idle.ts';
import { claims, dated, SUSPENDED } from './conditions.ts';
import { endpointsOf } from './endpoints.ts';
import { faultsOf } from './faults.ts';
import { groupStatus, readyOfWanted, selectorText, sum } from './groups.ts';

export function status(observed: Observed, desired: Desired, now: number): TaskClusterStatus {
  const { cluster } = observed;
  const { generation = 0 } = cluster.metadata;
  const workers = observed.workers.map((pod) => workerOf(pod, observed.scheduler));
  const groups = desired.groups.map((group) => groupStatus(group, workers));
  const facts = { observed, desired, groups, faults: faultsOf(observed, groups, now) };
  const now_ = claims(facts);
  const before = (type: string) => cluster.status?.conditions?.find((one) => one.type === type);
  const usual = groups.find((group) => group.name === DEFAULT_GROUP);
  return {
    observedGeneration: generation,
    conditions: CONDITIONS.map((type) => dated(type, now_[type]!, before(type), { cluster, now })),
    replicas: usual?.replicas ?? 0,
    readyReplicas: usual?.ready ?? 0,
    desiredReplicas: usual?.desired ?? 0,
    selector: selectorText(cluster, DEFAULT_GROUP),
    workersReady: `${readyOfWanted(groups)}/${sum(groups, 'desired')}`,
    groups,
    endpoints: endpointsOf(observed),
    ...awaited(observed, now),
    ...schedulerSays(observed),
  };
}

/** From the beginning, or from when it was resumed, until the scheduler is up for the first time; then no more. */
function awaited(observed: Observed, now: number): Pick<TaskClusterStatus, 'awaitedSince'> {
  const { spec, status: before } = observed.cluster;
  if (spec.suspend || hasBeenUp(observed)) return {};
  const begins = !before || before.conditions?.some(isSuspendedScheduler);
  const awaitedSince = before?.awaitedSince ?? (begins ? new Date(now).toISOString() : undefined);
  return awaitedSince === undefined ? {} : { awaitedSince };
}

const isSuspendedScheduler = ({ type, reason }: Condition) =>
  type === 'SchedulerReady' && reason === SUSPENDED.reason;

/** Of a scheduler that does not answer nothing is said. */
function schedulerSays({ cluster, scheduler }: Observed): Partial<TaskClusterStatus> {
  if (!scheduler.known || cluster.spec.suspend) return {};
  const { version, protocol, clients, tasks, idleMs } = scheduler.status;
  const { min, max } = protocol;
  return {
    version,
    protocol: min === max ? `${max}` : `${min}-${max}`,
    clients,
    tasks,
    ...(idleMs === null ? {} : { idleSince: idleSince(scheduler.at - idleMs, cluster.status?.idleSince) }),
  };
}

/** Answers come a little later or earlier; that is no change. */
const JITTER_MS = 5_000;

function idleSince(since: number, before: string | undefined): string {
  if (before !== undefined && Math.abs(time(before) - since) < JITTER_MS) return before;
  return new Date(since).toISOString();
}
