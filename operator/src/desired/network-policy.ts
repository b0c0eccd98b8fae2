import { childrenOf, LABELS, PORTS } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { childMetadata, selectorOf } from './labels.ts';
import type { Settings } from './types.ts';

/** A pod of another namespace that bears this label may connect as a client; it needs the token like any other. */
export const CLIENT_LABEL = { 'taskloom.dev/client': 'true' } as const;

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
const tcp = (...ports: readonly number[]) => ports.map((port) => ({ port, protocol: 'TCP' }));

/**
 * Who may knock at the pods' doors: clients and pods of the namespace at the scheduler and at workers' data, the operator at the admin
 * door, anybody at metrics. What leaves is not restricted: tasks read their data where it is.
 */
export function networkPolicy(cluster: TaskCluster, { operatorNamespace }: Settings) {
  const namespace = { podSelector: {} };
  const clients = { namespaceSelector: {}, podSelector: { matchLabels: CLIENT_LABEL } };
  const operator = {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: operatorNamespace } },
    podSelector: { matchLabels: { [LABELS.component]: 'operator' } },
  };
  const outside = (cluster.spec.scheduler?.service?.type ?? 'ClusterIP') !== 'ClusterIP';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: childMetadata(cluster, childrenOf(cluster.metadata.name).networkPolicy),
    spec: {
      podSelector: { matchLabels: selectorOf(cluster) },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [namespace, clients], ports: tcp(PORTS.cluster, PORTS.data) },
        { from: [operator], ports: tcp(PORTS.admin) },
        { ports: tcp(PORTS.probes) },
        ...(outside ? [{ ports: tcp(PORTS.cluster) }] : []),
      ],
    },
  };
}
