/** How a cluster stands, for somebody who waits for it: from the resource alone, in words for people. */
import { conditionOf, isCurrent, isSchedulerReady, type TaskCluster } from './resource.ts';

/** What is waited for: that the scheduler takes clients, or that all workers are there, too. */
export type Goal = 'scheduler' | 'workers';

/** The reason when nobody has written a status yet. */
export const UNSEEN = 'Unseen';

export type Standing =
  | { readonly is: 'there' }
  | { readonly is: 'coming'; readonly line: string }
  /** Something is wrong that may pass. */
  | { readonly is: 'stuck'; readonly line: string; readonly reason: string }
  /** Something is wrong that waiting does not cure. */
  | { readonly is: 'failed'; readonly why: 'refused' | 'suspended' | 'leaving'; readonly message: string };

export function standingOf(cluster: TaskCluster, goal: Goal): Standing {
  if (cluster.metadata.deletionTimestamp)
    return { is: 'failed', why: 'leaving', message: 'it is being deleted' };
  const accepted = conditionOf(cluster, 'Accepted');
  if (accepted?.status === 'False' && isCurrent(cluster))
    return { is: 'failed', why: 'refused', message: accepted.message };
  if (cluster.spec.suspend) return { is: 'failed', why: 'suspended', message: 'spec.suspend is true' };
  if (!cluster.status?.conditions?.length) return unseen;
  if (reached(cluster, goal)) return { is: 'there' };
  return onTheWay(cluster);
}

const unseen: Standing = { is: 'stuck', reason: UNSEEN, line: 'the operator has not seen it yet' };

function reached(cluster: TaskCluster, goal: Goal): boolean {
  if (goal === 'scheduler') return isSchedulerReady(cluster);
  if (!isCurrent(cluster) || conditionOf(cluster, 'Ready')?.status !== 'True') return false;
  return (cluster.status?.groups ?? []).every(
    (group) => group.replicas === group.desired && group.draining === 0,
  );
}

function onTheWay(cluster: TaskCluster): Standing {
  const workers = `${cluster.status?.workersReady ?? '0'} workers`;
  if (!isCurrent(cluster))
    return { is: 'coming', line: joined(workers, 'the operator has not seen the change yet') };
  const degraded = conditionOf(cluster, 'Degraded');
  if (degraded?.status === 'True') {
    return { is: 'stuck', line: joined(workers, degraded.message), reason: degraded.reason };
  }
  const accepted = conditionOf(cluster, 'Accepted');
  if (accepted?.status === 'Unknown') return { is: 'coming', line: joined(workers, accepted.message) };
  const scheduler = conditionOf(cluster, 'SchedulerReady');
  if (scheduler?.status !== 'True') return { is: 'coming', line: joined(workers, scheduler?.message) };
  return { is: 'coming', line: joined(workers, conditionOf(cluster, 'Progressing')?.message) };
}

const joined = (first: string, second: string | undefined) => (second ? `${first}; ${second}` : first);
