import { childrenOf, PORTS } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { childMetadata, selectorOf } from './labels.ts';

/** The door for clients and workers. The admin door is not on it: the operator goes to the pod. */
export function service(cluster: TaskCluster) {
  const { type = 'ClusterIP', annotations = {} } = cluster.spec.scheduler?.service ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...childMetadata(cluster, childrenOf(cluster.metadata.name).service), annotations },
    spec: {
      type,
      selector: selectorOf(cluster, 'scheduler'),
      ports: [{ name: 'cluster', port: PORTS.cluster, targetPort: 'cluster', protocol: 'TCP' }],
    },
  };
}
