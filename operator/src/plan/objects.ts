/** Puts right what is missing or not as it should be; takes away what is no longer wanted. Objects of others are left alone. */
import { isRevision, ROLE } from '../desired/controller-revision.ts';
import { SCHEDULER } from '../desired/desired.ts';
import { isLeaving, isOwned, REVISION } from '../desired/labels.ts';
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import type { KubeObject } from '../runtime/objects.ts';
import { again, type Context } from './context.ts';
import { drifted } from './drift.ts';
import { LEAVING_MS, TAKEN_MS } from './limits.ts';
import type { Command } from './types.ts';

export function planObjects({ observed, desired }: Context): Command[] {
  const commands = desired.objects
    .filter((object) => {
      const found = observed.children.find((child) => isSame(child, object));
      if (!found) return true;
      return isOwned(found, observed.cluster) && drifted(object, found) !== undefined;
    })
    .map((object): Command => ({ kind: 'apply', object }));
  if (leftBefore(observed, desired).length > 0) return [...commands, again(LEAVING_MS)];
  return takenBy(observed, desired).length > 0 ? [...commands, again(TAKEN_MS)] : commands;
}

/** What has the name of an object of ours and is not ours. */
export const takenBy = ({ cluster, children }: Observed, { objects }: Desired): readonly KubeObject[] =>
  children.filter((child) => !isOwned(child, cluster) && objects.some((object) => isSame(child, object)));

/** What an earlier cluster of this name has left, by kind and name: it goes by itself, and nothing of ours begins before. */
export const leftBefore = (observed: Observed, desired: Desired): readonly string[] => [
  ...takenBy(observed, desired)
    .filter((child) => isLeaving(child, observed.cluster))
    .map(({ kind, metadata: { name } }) => `${kind} ${name}`),
  ...(observed.leaving ?? []),
];

export const isSame = (a: KubeObject, b: KubeObject): boolean =>
  a.kind === b.kind && a.metadata.name === b.metadata.name;

/** Budgets of groups that need none, and revisions that no pod is made of any more. */
export function planLeftovers(context: Context): Command[] {
  const { observed, desired } = context;
  const used = usedRevisions(context);
  return observed.children
    .filter((child) => isOwned(child, observed.cluster) && !child.metadata.deletionTimestamp)
    .filter((child) => !desired.objects.some((object) => isSame(object, child)))
    .filter(
      (child) => child.kind === 'PodDisruptionBudget' || (isRevision(child) && !used.has(nameIn(child))),
    )
    .map((object) => ({ kind: 'delete', object, reason: 'no longer used' }));
}

/** Role and hash, as pods bear them. */
const nameIn = ({ metadata: { name, labels } }: KubeObject) =>
  `${labels?.[ROLE]}.${name.slice(name.lastIndexOf('.') + 1)}`;

function usedRevisions({ observed, desired, workers }: Context): ReadonlySet<string> {
  const ofScheduler = observed.schedulerPod?.metadata.annotations?.[REVISION];
  return new Set([
    ...workers.map(({ group, revision }) => `${group}.${revision}`),
    ...desired.groups.map(({ name, revision }) => `${name}.${revision?.hash}`),
    `${SCHEDULER}.${ofScheduler}`,
    `${SCHEDULER}.${desired.scheduler.revision?.hash}`,
  ]);
}
