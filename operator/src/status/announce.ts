/** The Events that a change of status is worth: each fault when it appears, and the turns for the better. */
import type { TaskClusterStatus } from '../crd/resource.ts';
import type { ClusterEvent } from '../plan/types.ts';
import { type Line, linesOf } from './faults.ts';

type Status = TaskClusterStatus | undefined;
const conditionOf = (status: Status, type: string) => status?.conditions?.find((one) => one.type === type);
const isTrue = (status: Status, type: string) => conditionOf(status, type)?.status === 'True';

export function announce(before: Status, after: TaskClusterStatus): readonly ClusterEvent[] {
  return [...objections(before, after), ...faults(before, after), ...turns(before, after)];
}

function objections(before: Status, after: TaskClusterStatus): ClusterEvent[] {
  const [was, is] = [conditionOf(before, 'Accepted'), conditionOf(after, 'Accepted')];
  if (is?.status !== 'False' || was?.message === is.message) return [];
  return [{ kind: 'event', type: 'Warning', reason: is.reason, action: 'Accept', note: is.message }];
}

/** A fault of the scheduler or of a group is told once, however its words change. */
function faults(before: Status, after: TaskClusterStatus): ClusterEvent[] {
  const linesIn = (status: Status) =>
    isTrue(status, 'Degraded') ? linesOf(conditionOf(status, 'Degraded')?.message ?? '') : [];
  const nameOf = ({ reason, role }: Line) => `${reason} ${role}`;
  const known = new Set(linesIn(before).map(nameOf));
  return linesIn(after).flatMap((line): ClusterEvent[] => {
    if (known.has(nameOf(line))) return [];
    known.add(nameOf(line));
    return [{ kind: 'event', type: 'Warning', reason: line.reason, action: 'Look', note: line.text }];
  });
}

/** Condition, what it must become, and the reason that tells of it. */
const TURNS = [
  ['Ready', 'True', 'Ready'],
  ['Degraded', 'False', 'Recovered'],
  ['Suspended', 'True', 'Suspended'],
] as const;

function turns(before: Status, after: TaskClusterStatus): ClusterEvent[] {
  return TURNS.flatMap(([type, status, reason]): ClusterEvent[] => {
    const [was, is] = [conditionOf(before, type), conditionOf(after, type)];
    const turned = is?.status === status && was?.status !== status;
    // What was never otherwise has not turned to the better.
    if (!turned || !is || (status === 'False' && !was)) return [];
    return [{ kind: 'event', type: 'Normal', reason, action: 'Look', note: is.message }];
  });
}
