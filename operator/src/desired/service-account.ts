import { childrenOf } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { childMetadata } from './labels.ts';

/** An identity with no rights, and no token of it in the pods: people who need one for a cloud's storage annotate their own. */
export const serviceAccount = (cluster: TaskCluster) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: childMetadata(cluster, childrenOf(cluster.metadata.name).serviceAccount),
  automountServiceAccountToken: false,
});
