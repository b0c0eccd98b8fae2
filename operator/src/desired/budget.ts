import { childrenOf } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { KubeObject } from '../runtime/objects.ts';
import { childMetadata, selectorOf } from './labels.ts';

const budget = (
  cluster: TaskCluster,
  name: string,
  minAvailable: number,
  matchLabels: Readonly<Record<string, string>>,
): KubeObject & { readonly spec: object } => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: childMetadata(cluster, name),
  spec: {
    // A number: for a share Kubernetes would look up how many pods their owner wants, and knows only the default group's.
    minAvailable,
    selector: { matchLabels },
    // A pod that does no work holds up nobody's maintenance.
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  },
});

/** Maintenance of a node waits while the scheduler has clients or work, as a change of the scheduler does. */
export const schedulerBudget = (cluster: TaskCluster, idle: boolean) =>
  budget(
    cluster,
    childrenOf(cluster.metadata.name).schedulerBudget,
    idle ? 0 : 1,
    selectorOf(cluster, 'scheduler'),
  );

/** How many of a group may be missing at once when it is by choice: a quarter, at least one. */
export const dispensable = (replicas: number) => Math.max(1, Math.floor(replicas / 4));

/** A quarter of a group may be drained at once. Nothing for a group that may go altogether. Dots keep the names of groups apart. */
export function groupBudget(cluster: TaskCluster, group: string, replicas: number): KubeObject | undefined {
  const minAvailable = replicas - dispensable(replicas);
  if (minAvailable <= 0) return undefined;
  return budget(
    cluster,
    `${cluster.metadata.name}.${group}`,
    minAvailable,
    selectorOf(cluster, 'worker', group),
  );
}
