/** One worker's pod, as the plan and the status see it. */
import { LABELS } from '../crd/names.ts';
import { REVISION } from '../desired/labels.ts';
import type { ContainerStatus, Pod } from './pod.ts';
import type { AdminWorker, SchedulerView } from './scheduler.ts';

/** Since when a worker is on its way out, as the operator has written it on the pod. */
export const RETIRING = 'taskloom.dev/retiring-since';
/** How many pods before this one ended soon after they had begun. */
export const ATTEMPT = 'taskloom.dev/attempt';

/**
 * - `going`: being deleted;
 * - `ended`: its container has ended and will not be started again;
 * - `retiring`: told to leave, and finishing what it has;
 * - `ready`: connected, takes work;
 * - `starting`: none of these, and that may last.
 */
export type WorkerState = 'going' | 'ended' | 'retiring' | 'ready' | 'starting';

export interface Worker {
  readonly pod: Pod;
  readonly name: string;
  readonly group: string;
  readonly state: WorkerState;
  readonly revision: string | undefined;
  /** Whether it may have work or results: then it is retired before it is deleted. */
  readonly holding: boolean;
  /** What the scheduler says of it. */
  readonly known: AdminWorker | undefined;
  readonly createdAt: number;
}

export function workerOf(pod: Pod, view: SchedulerView): Worker {
  const { name, labels = {}, annotations = {}, creationTimestamp } = pod.metadata;
  const known = view.known ? view.status.workers.find((one) => one.name === name) : undefined;
  const state = stateOf(pod);
  return {
    pod,
    name,
    group: labels[LABELS.group] ?? '',
    state,
    revision: annotations[REVISION],
    holding: state === 'ready' || known !== undefined || hasBeenReady(pod, 'worker'),
    known,
    createdAt: time(creationTimestamp),
  };
}

function stateOf(pod: Pod): WorkerState {
  const { deletionTimestamp, annotations = {} } = pod.metadata;
  if (deletionTimestamp) return 'going';
  if (hasEnded(pod)) return 'ended';
  if (annotations[RETIRING]) return 'retiring';
  return isReady(pod) ? 'ready' : 'starting';
}

/** The pod has ended, or its worker has left cleanly while a sidecar stays. */
function hasEnded(pod: Pod): boolean {
  const { phase } = pod.status ?? {};
  if (phase === 'Failed' || phase === 'Succeeded') return true;
  return containerStatus(pod, 'worker')?.state?.terminated?.exitCode === 0;
}

/**
 * Its container runs and has been ready: what it was given is still there, whether it is so at this moment or not. A pod is not ready from
 * before its container starts until it is; what became so later was ready in between.
 */
export function hasBeenReady(pod: Pod, container: 'worker' | 'scheduler'): boolean {
  const startedAt = containerStatus(pod, container)?.state?.running?.startedAt;
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return startedAt !== undefined && time(condition?.lastTransitionTime) > time(startedAt);
}

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

export const containerStatus = (pod: Pod, name: string): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find((one) => one.name === name);

export const isRunning = (pod: Pod, container: string): boolean =>
  containerStatus(pod, container)?.state?.running !== undefined;

export const time = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text));

/** When it last changed: for a pod that has ended, when it did. */
export function changedAt({ metadata, status = {} }: Pod): number {
  const { containerStatuses = [], conditions = [], startTime } = status;
  const times = [
    metadata.creationTimestamp,
    startTime,
    ...containerStatuses.map(({ state }) => state?.terminated?.finishedAt),
    ...conditions.map(({ lastTransitionTime }) => lastTransitionTime),
  ];
  return Math.max(...times.map(time));
}

/** How long after its time a pod may still be there, in milliseconds; then its node does not answer. */
const OVERDUE_MS = 60_000;

/** It should have gone. A deletionTimestamp is when the grace ends. */
export const isOverdue = ({ pod }: Pick<Worker, 'pod'>, now: number): boolean => {
  const { deletionTimestamp } = pod.metadata;
  return deletionTimestamp !== undefined && now > time(deletionTimestamp) + OVERDUE_MS;
};
