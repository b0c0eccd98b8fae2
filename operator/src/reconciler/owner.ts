/** How what belongs to a cluster says so: the garbage collector takes it along when the cluster goes. */
import type { TaskCluster } from '../crd/resource.ts';
import { apiVersionOf, type OwnerReference } from '../runtime/index.ts';
import { TASK_CLUSTERS } from './kinds.ts';

export const ownedBy = ({ metadata: { name, uid = '' } }: TaskCluster): OwnerReference => ({
  apiVersion: apiVersionOf(TASK_CLUSTERS),
  kind: TASK_CLUSTERS.kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
