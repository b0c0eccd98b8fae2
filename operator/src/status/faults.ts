/** All that is wrong with a cluster, worst first; pods with the same fault are counted, not listed. */
import { LABELS } from '../crd/names.ts';
import type { GroupStatus } from '../crd/resource.ts';
import { SCHEDULER } from '../desired/desired.ts';
import type { Pod } from '../observed/pod.ts';
import { isQuota } from '../observed/quota.ts';
import type { Observed, Refusal } from '../observed/types.ts';
import { refusalOfScheduler } from '../plan/missing-scheduler.ts';
import { faultOf, type PodFault } from './pod-faults.ts';
import { ended } from './sentence.ts';

export interface Fault extends PodFault {
  /** A group, `scheduler`, or nothing for the cluster as a whole. */
  readonly role?: string;
}

export function faultsOf(observed: Observed, groups: readonly GroupStatus[], now: number): Fault[] {
  const { schedulerPod, workers, refusals, logs, secretsFault } = observed;
  const look = { now, logs };
  const refusal = refusalOfScheduler(observed);
  const ofScheduler = schedulerPod ? found([schedulerPod], () => SCHEDULER, look) : [];
  const groupOf = ({ metadata }: Pod) => `group ${metadata.labels?.[LABELS.group] ?? '?'}`;
  return [
    ...(secretsFault ? [{ reason: 'SecretsFailed', text: secretsFault }] : []),
    ...ofScheduler,
    ...(refusal === undefined ? [] : [refused(SCHEDULER, refusal)]),
    ...refusals
      .filter((refusal) => stillMatters(refusal, groups))
      .map(({ group, message }) => refused(`group ${group}`, message)),
    ...found(workers, groupOf, look),
  ];
}

function found(
  pods: readonly Pod[],
  roleOf: (pod: Pod) => string,
  look: Parameters<typeof faultOf>[1],
): Fault[] {
  const same = new Map<string, { fault: Fault; names: string[] }>();
  for (const pod of pods) {
    const fault = faultOf(pod, look);
    if (!fault) continue;
    const role = roleOf(pod);
    const key = `${role}\n${fault.reason}\n${fault.text}`;
    const entry = same.get(key) ?? { fault: { ...fault, role }, names: [] };
    same.set(key, entry);
    entry.names.push(pod.metadata.name);
  }
  return [...same.values()].map(({ fault, names }) => ({
    ...fault,
    text: `${counted(names)}: ${fault.text}`,
  }));
}

const counted = (names: readonly string[]) =>
  names.length === 1 ? `pod ${names[0]}` : `${names.length} pods (${[...names].sort()[0]} and others)`;

/** Of a group that wants more pods than it has. */
const stillMatters = ({ group }: Refusal, groups: readonly GroupStatus[]) =>
  groups.some(({ name, desired, updated }) => name === group && updated < desired);

function refused(role: string, message: string): Fault {
  const quota = isQuota(message);
  const place = role === SCHEDULER ? 'spec.scheduler' : 'the group';
  const advice = quota ? 'Ask for less, or for a larger ResourceQuota.' : `Change ${place}, or the policy.`;
  return {
    reason: quota ? 'QuotaExceeded' : 'PodRefused',
    role,
    text: `the API server takes ${role === SCHEDULER ? 'no pod' : 'no more pods'}: ${ended(message)} ${advice}`,
  };
}

/** One line for each fault: its reason, where, what. Lines of logs are indented. */
export const told = ({ reason, role, text }: Fault): string => `${reason}: ${role ? `${role}, ` : ''}${text}`;

/** What `told` has written, line by line: lines of logs stay with theirs. */
export const linesOf = (message: string): readonly Line[] =>
  message.split(/\n(?! )/).flatMap((line) => {
    const [, reason, role] = /^([A-Z]\w+): (?:(scheduler|group [a-z0-9-]+), )?/.exec(line) ?? [];
    return reason === undefined ? [] : [{ reason, role, text: line.slice(reason.length + 2) }];
  });

export interface Line {
  readonly reason: string;
  readonly role: string | undefined;
  /** With the role, without the reason. */
  readonly text: string;
}
