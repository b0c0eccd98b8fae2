/** Why a spec cannot be carried out. */
import { isOwned } from '../desired/labels.ts';
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import { isSame } from '../plan/objects.ts';

export function objectionsTo({ cluster, children }: Observed, desired: Desired): Desired['objections'] {
  const taken = desired.objects.filter((object) =>
    children.some((child) => isSame(child, object) && !isOwned(child, cluster)),
  );
  return [
    ...desired.objections,
    ...taken.map(({ kind, metadata: { name } }) => ({
      reason: 'NameTaken',
      message: `There is a ${kind} ${name} that is not of this cluster. Delete it, or give the cluster another name.`,
    })),
  ];
}
