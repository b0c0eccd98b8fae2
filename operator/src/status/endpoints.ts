/** Where a cluster can be reached. */
import type { V1Service } from '@kubernetes/client-node';
import { addressInside, childrenOf, PORTS } from '../crd/names.ts';
import type { TaskCluster, TaskClusterStatus } from '../crd/resource.ts';
import { isOwned } from '../desired/labels.ts';
import type { Observed } from '../observed/types.ts';
import type { KubeObject } from '../runtime/objects.ts';

export function endpointsOf({ cluster, children }: Observed): NonNullable<TaskClusterStatus['endpoints']> {
  const { name, namespace = '' } = cluster.metadata;
  const service = children.find((child) => isService(child, cluster));
  const outside = service && outsideOf(service);
  return { cluster: addressInside(name, namespace), ...(outside && { outside }) };
}

function isService(child: KubeObject, cluster: TaskCluster): child is KubeObject & V1Service {
  const { service } = childrenOf(cluster.metadata.name);
  return child.kind === 'Service' && child.metadata.name === service && isOwned(child, cluster);
}

/** Nothing as long as the load balancer has no address. */
function outsideOf({ spec, status }: Pick<V1Service, 'spec' | 'status'>): string | undefined {
  const [at] = status?.loadBalancer?.ingress ?? [];
  const host = at?.hostname ?? at?.ip;
  if (spec?.type === 'LoadBalancer' && host) return `wss://${bracketed(host)}:${PORTS.cluster}`;
  const nodePort = spec?.ports?.[0]?.nodePort;
  return spec?.type === 'NodePort' && nodePort ? `wss://NODE:${nodePort}` : undefined;
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
