/** The workers in numbers. */
import type { GroupStatus, TaskCluster } from '../crd/resource.ts';
import { selectorOf } from '../desired/labels.ts';
import type { DesiredGroup } from '../desired/types.ts';
import type { Worker } from '../observed/worker.ts';

export function groupStatus(
  { name, replicas, revision }: DesiredGroup,
  workers: readonly Worker[],
): GroupStatus {
  const mine = workers.filter(({ group }) => group === name);
  const active = mine.filter(({ state }) => state === 'ready' || state === 'starting');
  return {
    name,
    desired: replicas,
    replicas: active.length,
    ready: active.filter(({ state }) => state === 'ready').length,
    updated: active.filter((worker) => worker.revision === revision?.hash).length,
    draining: mine.filter(({ state }) => state === 'retiring' || state === 'going').length,
  };
}

export const sum = (
  groups: readonly GroupStatus[],
  field: 'desired' | 'ready' | 'replicas' | 'draining' | 'updated',
) => groups.reduce((total, group) => total + group[field], 0);

/** More may be ready than are wanted, while some are replaced. */
export const readyOfWanted = (groups: readonly GroupStatus[]): number =>
  groups.reduce((total, { ready, desired }) => total + Math.min(ready, desired), 0);

/** As the scale subresource wants it: the pods of one group. */
export const selectorText = (cluster: TaskCluster, group: string): string =>
  Object.entries(selectorOf(cluster, 'worker', group))
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
