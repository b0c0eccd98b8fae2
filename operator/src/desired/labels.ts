/** How the cluster's objects are found, and whose they are. */
import { GROUP, KIND, LABELS, MANAGER, VERSION } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { KubeObject, ObjectMeta } from '../runtime/objects.ts';

export type Role = 'scheduler' | 'worker';

/** Which revision a pod was made of: the hash of what the person had written. */
export const REVISION = 'taskloom.dev/revision';

/** Which cluster the scheduler's pod is of: its owner is a StatefulSet, and names come back. */
export const CLUSTER_UID = 'taskloom.dev/cluster-uid';

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

const ownerOf = ({ metadata }: KubeObject) =>
  metadata.ownerReferences?.find(({ controller }) => controller === true);

/** Its owner is this cluster; or it has none and says that it is of this cluster: somebody took its owner away. */
export function isOwned(object: KubeObject, { metadata: { name, uid } }: TaskCluster): boolean {
  const owner = ownerOf(object);
  if (owner) return owner.uid === uid;
  const { labels } = object.metadata;
  return labels?.[LABELS.managedBy] === MANAGER && labels[LABELS.cluster] === name;
}

/** It has a name that we want and will soon be gone: it was of an earlier cluster of our name, or is being deleted. */
export function isLeaving(object: KubeObject, cluster: TaskCluster): boolean {
  if (isOwned(object, cluster)) return false;
  if (object.metadata.deletionTimestamp !== undefined) return true;
  const { apiVersion = '', kind, name } = ownerOf(object) ?? {};
  return apiVersion.startsWith(`${GROUP}/`) && kind === KIND && name === cluster.metadata.name;
}
