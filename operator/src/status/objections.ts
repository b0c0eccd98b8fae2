/** Why a spec cannot be carried out. */
import { isLeaving } from '../desired/labels.ts';
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import { takenBy } from '../plan/objects.ts';

export function objectionsTo(observed: Observed, desired: Desired): Desired['objections'] {
  const taken = takenBy(observed, desired).filter((child) => !isLeaving(child, observed.cluster));
  return [
    ...desired.objections,
    ...taken.map(({ kind, metadata: { name } }) => ({
      reason: 'NameTaken',
      message: `There is a ${kind} ${name} that is not of this cluster. Delete it, or give the cluster another name.`,
    })),
  ];
}
