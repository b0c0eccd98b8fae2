/** How the cluster's objects are found, and whose they are. */
import { GROUP, KIND, LABELS, MANAGER, VERSION } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { KubeObject, ObjectMeta } from '../runtime/objects.ts';

export type Role = 'scheduler' | 'worker';

/** Which revision a pod was made of: the hash of what the person had written. */
export const REVISION = 'taskloom.dev/revision';

/** On each of the cluster's objects. */
export const labelsOf = (cluster: TaskCluster): Readonly<Record<string, string>> => ({
  [LABELS.name]: 'taskloom',
  [LABELS.managedBy]: MANAGER,
  [LABELS.cluster]: cluster.metadata.name,
});

export const podLabels = (cluster: TaskCluster, role: Role, group?: string) => ({
  ...labelsOf(cluster),
  [LABELS.component]: role,
  ...(group === undefined ? {} : { [LABELS.group]: group }),
});

/** What finds pods, and nothing else: selectors cannot be changed later. */
export const selectorOf = (cluster: TaskCluster, role?: Role, group?: string) => ({
  [LABELS.cluster]: cluster.metadata.name,
  ...(role === undefined ? {} : { [LABELS.component]: role }),
  ...(group === undefined ? {} : { [LABELS.group]: group }),
});

/** Metadata of an object that goes with the cluster. */
export const childMetadata = (cluster: TaskCluster, name: string): ObjectMeta => ({
  name,
  namespace: cluster.metadata.namespace ?? '',
  labels: labelsOf(cluster),
  ownerReferences: [
    {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      name: cluster.metadata.name,
      uid: cluster.metadata.uid ?? '',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
});

export const isOwned = (object: KubeObject, cluster: TaskCluster): boolean =>
  object.metadata.ownerReferences?.some(
    ({ uid, controller }) => controller === true && uid === cluster.metadata.uid,
  ) ?? false;
