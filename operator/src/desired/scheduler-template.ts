import type { V1EnvVar } from '@kubernetes/client-node';
import { childrenOf, PORTS } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import { neededContainer, neededSpec, usualContainer, usualSpec } from './base-template.ts';
import { render } from './render.ts';
import type { PodTemplate } from './types.ts';

/** The scheduler has no work of its own to finish. */
const GRACE_SECONDS = 30;

export function schedulerTemplate(cluster: TaskCluster, image: string): PodTemplate {
  const { scheduler = {} } = cluster.spec;
  const env: V1EnvVar[] = [
    { name: 'TASKLOOM_PORT', value: String(PORTS.cluster) },
    { name: 'TASKLOOM_ADMIN_PORT', value: String(PORTS.admin) },
  ];
  const ports = [
    { name: 'cluster', containerPort: PORTS.cluster, protocol: 'TCP' },
    { name: 'probes', containerPort: PORTS.probes, protocol: 'TCP' },
    { name: 'admin', containerPort: PORTS.admin, protocol: 'TCP' },
  ];
  return render(cluster, {
    role: 'scheduler',
    usual: {
      spec: usualSpec(cluster),
      container: usualContainer(cluster, 'scheduler', { image, ...scheduler }),
    },
    needed: {
      spec: {
        ...neededSpec(childrenOf(cluster.metadata.name).schedulerSecret),
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: GRACE_SECONDS,
      },
      container: { ...neededContainer('scheduler', env), ports },
    },
    template: scheduler.template,
  });
}
