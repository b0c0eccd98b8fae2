/** A pod like that of the scheduler, which a StatefulSet makes: only to ask whether the API server takes it. */
import type { TaskCluster } from '../crd/resource.ts';
import { childMetadata, REVISION } from './labels.ts';
import type { Revision } from './types.ts';

export const schedulerPod = (cluster: TaskCluster, { hash, template }: Revision, name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...childMetadata(cluster, name),
    labels: template.metadata.labels,
    annotations: { ...template.metadata.annotations, [REVISION]: hash },
  },
  spec: template.spec,
});
