/** What holds of a cluster now, condition by condition. */
import type { Condition, GroupStatus, TaskCluster } from '../crd/resource.ts';
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import { isReady } from '../observed/worker.ts';
import { leftBefore } from '../plan/objects.ts';
import { isIdle, isOutdated } from '../plan/scheduler.ts';
import { type Fault, told } from './faults.ts';
import { readyOfWanted, sum } from './groups.ts';
import { objectionsTo } from './objections.ts';

/** A condition before it is dated. */
export interface Claim {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export interface Facts {
  readonly observed: Observed;
  readonly desired: Desired;
  readonly groups: readonly GroupStatus[];
  readonly faults: readonly Fault[];
}

type Type = Condition['type'];

const claim = (truth: boolean, reason: string, message: string): Claim => ({
  status: truth ? 'True' : 'False',
  reason,
  message,
});

export function claims(facts: Facts): Readonly<Record<Type, Claim>> {
  const accepted = acceptedOf(facts);
  const scheduler = schedulerOf(facts);
  const workers = workersOf(facts);
  return {
    Ready: readyOf(facts, [accepted, scheduler, workers]),
    Accepted: accepted,
    SchedulerReady: scheduler,
    WorkersReady: workers,
    Progressing: progressOf(facts),
    Degraded: degradedOf(facts),
    Suspended: suspendedOf(facts),
  };
}

function acceptedOf({ observed, desired }: Facts): Claim {
  const [first, ...more] = objectionsTo(observed, desired);
  if (first) {
    const message = [first, ...more].map((objection) => objection.message).join('\n');
    return claim(false, first.reason, message);
  }
  const left = leftBefore(observed, desired);
  if (left.length > 0) {
    const more = left.length > MOST ? ' and others' : '';
    const message = `Of an earlier cluster of this name are still there, and going: ${left.slice(0, MOST).join(', ')}${more}. This one begins when they are gone.`;
    return { status: 'Unknown', reason: 'Leaving', message };
  }
  if (desired.untried.length > 0)
    return {
      status: 'Unknown',
      reason: 'Checking',
      message: 'The API server is asked whether it takes such pods.',
    };
  return claim(true, 'Accepted', 'The spec can be carried out.');
}

const isSuspended = ({ observed }: Facts) => observed.cluster.spec.suspend;
export const SUSPENDED = claim(false, 'Suspended', 'Suspended: set spec.suspend to false to start it.');

function schedulerOf(facts: Facts): Claim {
  if (isSuspended(facts)) return SUSPENDED;
  const { schedulerPod } = facts.observed;
  if (schedulerPod && isReady(schedulerPod) && !schedulerPod.metadata.deletionTimestamp) {
    return claim(true, 'SchedulerReady', 'The scheduler takes connections.');
  }
  const fault = facts.faults.find(({ role }) => role === 'scheduler');
  return claim(
    false,
    fault?.reason ?? 'SchedulerStarting',
    fault ? told(fault) : 'The scheduler is starting.',
  );
}

function workersOf(facts: Facts): Claim {
  if (isSuspended(facts)) return SUSPENDED;
  const { groups, faults } = facts;
  const [ready, wanted] = [readyOfWanted(groups), sum(groups, 'desired')];
  if (ready >= wanted) {
    return claim(
      true,
      'WorkersReady',
      wanted === 0 ? 'No workers are wanted.' : `${ready}/${wanted} workers are ready.`,
    );
  }
  const causes = faults.filter(({ role }) => role?.startsWith('group '));
  const message = [`${ready}/${wanted} workers are ready.`, ...causes.slice(0, MOST).map(told)].join('\n');
  return claim(false, causes[0]?.reason ?? 'WorkersStarting', message);
}

/** Faults that one message tells of. */
const MOST = 5;

function readyOf(facts: Facts, parts: readonly Claim[]): Claim {
  const missing = parts.filter(({ status }) => status !== 'True');
  if (missing.length === 0) {
    const ready = sum(facts.groups, 'desired');
    return claim(true, 'Ready', `The scheduler and ${some(ready, 'worker')} are ready.`);
  }
  const [first] = missing;
  const message = missing.map((part) => part.message).filter((text, i, all) => all.indexOf(text) === i);
  return claim(false, first?.reason ?? '', message.join('\n'));
}

function progressOf(facts: Facts): Claim {
  const steps = [...schedulerSteps(facts), ...facts.groups.flatMap(groupSteps)];
  const [first] = steps;
  if (!first) return claim(false, 'Settled', 'All is as the spec says.');
  return claim(true, first.reason, steps.map(({ message }) => message).join('\n'));
}

const some = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

interface Step {
  readonly reason: string;
  readonly message: string;
}

function schedulerSteps({ observed, desired }: Facts): Step[] {
  const { schedulerPod, scheduler } = observed;
  const { replicas, revision } = desired.scheduler;
  if (replicas === 0)
    return schedulerPod ? [{ reason: 'Stopping', message: 'The scheduler is stopping.' }] : [];
  if (!schedulerPod || !isReady(schedulerPod))
    return [{ reason: 'Starting', message: 'The scheduler is starting.' }];
  if (!revision || !isOutdated(schedulerPod, revision.hash)) return [];
  if (isIdle(observed)) return [{ reason: 'Rolling', message: 'The scheduler is being replaced.' }];
  const because = scheduler.known
    ? `it has ${some(scheduler.status.clients, 'client')} and ${some(scheduler.status.tasks.waiting + scheduler.status.tasks.running, 'unfinished task')}`
    : `it does not say whether it has clients and work (${scheduler.because})`;
  const message = `The scheduler is replaced when it has neither clients nor work; ${because}. To have it now, delete its pod.`;
  return [{ reason: 'WaitingForScheduler', message }];
}

function groupSteps({ name, desired, replicas, ready, updated, draining }: GroupStatus): Step[] {
  const at = `Group ${name}: `;
  if (updated < replicas) {
    return [{ reason: 'Rolling', message: `${at}${updated} of ${desired} workers are as the spec says.` }];
  }
  if (ready < desired)
    return [{ reason: 'Starting', message: `${at}${ready} of ${desired} workers are ready.` }];
  if (replicas > desired || draining > 0) {
    const leaving = replicas - desired + draining;
    return [
      {
        reason: 'Leaving',
        message: `${at}${some(leaving, 'worker')} to leave.`,
      },
    ];
  }
  return [];
}

function degradedOf({ faults }: Facts): Claim {
  const [first] = faults;
  if (!first) return claim(false, 'Healthy', 'Nothing is wrong.');
  const more = faults.length > MOST ? [`And ${faults.length - MOST} more.`] : [];
  return claim(true, first.reason, [...faults.slice(0, MOST).map(told), ...more].join('\n'));
}

function suspendedOf(facts: Facts): Claim {
  if (!isSuspended(facts)) return claim(false, 'Running', 'The cluster is not suspended.');
  const { schedulerPod, workers } = facts.observed;
  const left = workers.length + (schedulerPod ? 1 : 0);
  if (left > 0)
    return claim(false, 'Suspending', `${left === 1 ? '1 pod is' : `${left} pods are`} still there.`);
  return claim(true, 'Suspended', 'No pods run. Set spec.suspend to false to start the cluster.');
}

/** @param before the same condition as it was stored; its date stays while its status does */
export function dated(
  type: Type,
  now: Claim,
  before: Condition | undefined,
  at: { cluster: TaskCluster; now: number },
): Condition {
  const since = before?.status === now.status ? before.lastTransitionTime : new Date(at.now).toISOString();
  const { generation = 0 } = at.cluster.metadata;
  return { type, ...now, observedGeneration: generation, lastTransitionTime: since };
}
