/** What becomes of pods, as a kubelet and the controllers of Kubernetes would write it into them. */
import type { ContainerStatus, Pod, PodCondition } from '../observed/pod.ts';

type Status = NonNullable<Pod['status']>;

const at = (ms: number) => new Date(ms).toISOString();

const conditions = (...list: readonly [string, boolean, number, Partial<PodCondition>?][]): PodCondition[] =>
  list.map(([type, truth, now, more]) => ({
    type,
    status: truth ? 'True' : 'False',
    lastTransitionTime: at(now),
    ...more,
  }));

const containers = (pod: Pod, state: Partial<ContainerStatus>): ContainerStatus[] =>
  (pod.spec?.containers ?? []).map(({ name }) => ({ name, ready: false, restartCount: 0, ...state }));

const withStatus = (pod: Pod, status: Status): Pod => ({ ...pod, status: { ...pod.status, ...status } });
const placed = (pod: Pod, node = 'node-1'): Pod => ({
  ...pod,
  spec: { containers: [], ...pod.spec, nodeName: node },
});

const restarts = (pod: Pod) => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
const lastState = (pod: Pod) => pod.status?.containerStatuses?.[0]?.lastState ?? {};

export const running = (pod: Pod, now: number, ready = false): Pod =>
  withStatus(placed(pod), {
    phase: 'Running',
    startTime: pod.status?.startTime ?? at(now),
    conditions: conditions(['PodScheduled', true, now], ['Ready', ready, now]),
    containerStatuses: containers(pod, {
      ready,
      restartCount: restarts(pod),
      lastState: lastState(pod),
      state: { running: { startedAt: at(now) } },
    }),
  });

export const ready = (pod: Pod, now: number): Pod => running(pod, now, true);

/** Its containers are ready, and it waits for what somebody else is to say of it. */
export const gated = (pod: Pod, now: number, gate: string): Pod => {
  const message = `corresponding condition of pod readiness gate "${gate}" does not exist.`;
  const why = { reason: 'ReadinessGatesNotReady', message };
  return withStatus(ready(pod, now), {
    conditions: conditions(['PodScheduled', true, now], ['Ready', false, now, why]),
  });
};

export const unschedulable = (pod: Pod, now: number, message: string): Pod =>
  withStatus(pod, {
    phase: 'Pending',
    conditions: conditions(['PodScheduled', false, now, { reason: 'Unschedulable', message }]),
  });

export const waiting = (pod: Pod, now: number, reason: string, message: string): Pod =>
  withStatus(placed(pod), {
    phase: 'Pending',
    conditions: conditions(['PodScheduled', true, now], ['Ready', false, now]),
    containerStatuses: containers(pod, {
      restartCount: restarts(pod),
      lastState: lastState(pod),
      state: { waiting: { reason, message } },
    }),
  });

/** It runs on, and has lost the scheduler. */
export const disconnected = (pod: Pod, now: number): Pod =>
  withStatus(pod, {
    conditions: conditions(['PodScheduled', true, now], ['Ready', false, now]),
    containerStatuses: (pod.status?.containerStatuses ?? []).map((one) => ({ ...one, ready: false })),
  });

/** Its containers ended, and wait to be started again. */
export const crashed = (pod: Pod, now: number, exitCode: number, reason = 'Error'): Pod =>
  withStatus(placed(pod), {
    phase: 'Running',
    conditions: conditions(['PodScheduled', true, now], ['Ready', false, now]),
    containerStatuses: containers(pod, {
      restartCount: restarts(pod) + 1,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } },
      lastState: { terminated: { exitCode, reason, finishedAt: at(now) } },
    }),
  });

/** Its worker has left cleanly. */
export const left = (pod: Pod, now: number): Pod =>
  withStatus(pod, {
    phase: 'Succeeded',
    conditions: conditions(['Ready', false, now]),
    containerStatuses: containers(pod, {
      state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: at(now) } },
    }),
  });

export const failed = (pod: Pod, now: number, reason: string, message: string): Pod =>
  withStatus(pod, {
    phase: 'Failed',
    reason,
    message,
    conditions: conditions(['Ready', false, now]),
    containerStatuses: [],
  });

/** What the node says is old: the controllers of Kubernetes say that it is not ready. */
export const cutOff = (pod: Pod, now: number): Pod =>
  withStatus(pod, { conditions: conditions(['PodScheduled', true, now], ['Ready', false, now]) });

export const going = (pod: Pod, now: number, graceSeconds: number): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: at(now + graceSeconds * 1000) },
});
