/** What is wrong with one pod, in words for the person who must put it right. */
import type { ContainerStatus, Pod } from '../observed/pod.ts';
import { isOverdue, time } from '../observed/worker.ts';
import { logKey } from '../plan/logs.ts';
import { isUnschedulable } from '../plan/obstacles.ts';
import { ended } from './sentence.ts';

export interface PodFault {
  /** One word, as conditions and Events have it. */
  readonly reason: string;
  /** What is wrong and what to do; the same for pods with the same fault. */
  readonly text: string;
}

export interface Look {
  readonly now: number;
  readonly logs: Readonly<Record<string, string>>;
}

/** The first that applies: what keeps a pod from its node, then from its image, then from running, then from staying. */
export function faultOf(pod: Pod, look: Look): PodFault | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  if (pod.metadata.deletionTimestamp) return isOverdue({ pod }, look.now) ? nodeLost(pod) : undefined;
  if (isUnschedulable(pod)) return unschedulable(pod);
  if (pod.status?.phase === 'Failed') return failed(pod);
  if (isCutOff(pod)) return nodeLost(pod);
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const fault = imageFault(container, pod) ?? configFault(container) ?? crash(container, pod, look);
    if (fault) return fault;
  }
  return undefined;
}

function unschedulable({ status }: Pod): PodFault {
  const { message = '' } = status?.conditions?.find(({ type }) => type === 'PodScheduled') ?? {};
  const text = `no node has room: ${ended(message)} Lower the requests of its resources, or add nodes.`;
  return { reason: 'Unschedulable', text };
}

const LOST = new Set(['NodeLost', 'DeletionByTaintManager', 'DeletionByPodGC']);

function failed(pod: Pod): PodFault {
  const { reason = '', message = '', conditions = [] } = pod.status ?? {};
  const disruption = conditions.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  const cause = disruption?.reason ?? reason;
  if (LOST.has(cause)) return nodeLost(pod);
  if (cause === 'PreemptionByScheduler') {
    return {
      reason: 'Preempted',
      text: 'made way for a pod of higher priority; give it a priorityClassName in its template.',
    };
  }
  if (reason === 'Evicted')
    return { reason, text: `was evicted: ${ended(message)} Its work runs elsewhere.` };
  return {
    reason: 'PodFailed',
    text: `failed: ${ended([reason, message].filter(Boolean).join(': ') || 'no reason given')}`,
  };
}

/**
 * Its containers are well, says the last that was heard of them, and its node is not: a kubelet gives a reason for a pod that is not ready
 * (such as ReadinessGatesNotReady), whoever takes its place gives none.
 */
function isCutOff({ status: { conditions = [], containerStatuses = [] } = {} }: Pod): boolean {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const unexplained = ready !== undefined && ready.status !== 'True' && !ready.reason;
  return unexplained && containerStatuses.length > 0 && containerStatuses.every((one) => one.ready === true);
}

const nodeLost = ({ spec }: Pod): PodFault => ({
  reason: 'NodeLost',
  text: `the node ${spec?.nodeName ?? '?'} does not answer. Bring it back or delete the Node; what ran there runs elsewhere.`,
});

const PULL = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);
/** The kubelet says the same in turns with this before it. */
const BACK_OFF = /^Back-off pulling image "[^"]*"(: )?(ErrImagePull: )?/;

function imageFault({ name, state }: ContainerStatus, pod: Pod): PodFault | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (!PULL.has(reason)) return undefined;
  const image = pod.spec?.containers.find((one) => one.name === name)?.image ?? '?';
  const cause = message.replace(BACK_OFF, '') || reason;
  const text = `the image ${image} cannot be pulled: ${ended(cause)} Check spec.image, and spec.imagePullSecrets when its registry is private.`;
  return { reason: 'ImagePullFailed', text };
}

const CONFIG = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreCreateHookError',
]);

function configFault({ name, state }: ContainerStatus): PodFault | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (!CONFIG.has(reason)) return undefined;
  const text = `container ${name} cannot be started: ${ended(message || reason)} Check its env and its template.`;
  return { reason: 'ContainerConfigInvalid', text };
}

/** How long a death is news after the container runs again, in milliseconds. */
const NEWS_MS = 300_000;

function crash(container: ContainerStatus, pod: Pod, { now, logs }: Look): PodFault | undefined {
  const { name, state, lastState, ready, restartCount = 0 } = container;
  const death = state?.terminated ?? lastState?.terminated;
  if (!death || death.exitCode === 0) return undefined;
  if (death.reason === 'OOMKilled') {
    if (ready && now - time(death.finishedAt) > NEWS_MS) return undefined;
    const text = `container ${name} used more memory than its limit and was killed. Raise resources.limits.memory, or give its tasks less at a time.`;
    return { reason: 'OOMKilled', text };
  }
  if (ready) return undefined;
  const times = restartCount === 1 ? 'once' : `${restartCount} times`;
  const lastLines = logs[logKey(pod, container)] ?? '';
  const text = `container ${name} ended with exit code ${death.exitCode} and was started again ${times}.${quoted(lastLines)}`;
  return { reason: 'CrashLoop', text };
}

const MOST_LINES = 10;
const LONGEST_LINE = 200;

/** Indented, so that no line of a log is taken for one of ours. */
function quoted(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return '';
  const last = lines.slice(-MOST_LINES).map((line) => `\n  ${line.slice(0, LONGEST_LINE)}`);
  return ` Its last lines:${last.join('')}`;
}
