import { childrenOf } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { CLUSTER_UID, childMetadata, REVISION, selectorOf } from './labels.ts';
import type { Revision } from './types.ts';

/** The scheduler: at most one at any time. A change takes its pod away only when the plan says so (OnDelete). */
export function statefulSet(cluster: TaskCluster, { hash, template }: Revision, replicas: 0 | 1) {
  const { scheduler, service } = childrenOf(cluster.metadata.name);
  const { uid = '' } = cluster.metadata;
  const annotations = { ...template.metadata.annotations, [REVISION]: hash, [CLUSTER_UID]: uid };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: childMetadata(cluster, scheduler),
    spec: {
      replicas,
      serviceName: service,
      updateStrategy: { type: 'OnDelete' },
      // Our own ControllerRevisions keep what was; these would be a second history.
      revisionHistoryLimit: 1,
      selector: { matchLabels: selectorOf(cluster, 'scheduler') },
      template: { metadata: { labels: template.metadata.labels, annotations }, spec: template.spec },
    },
  };
}
