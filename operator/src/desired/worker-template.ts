import type { V1EnvVar } from '@kubernetes/client-node';
import { addressInside, childrenOf, PORTS } from '../crd/names.ts';
import type { TaskCluster, WorkersSpec } from '../crd/resource.ts';
import { neededContainer, neededSpec, usualContainer, usualSpec } from './base-template.ts';
import { devicesOf } from './devices.ts';
import { isObject, type Json, merge } from './merge.ts';
import { amountOf } from './quantity.ts';
import { containerOf, render } from './render.ts';
import type { PodTemplate } from './types.ts';

/** What one group says: `spec.workers`, or one of `spec.workerGroups`. */
export type GroupSpec = WorkersSpec & { readonly name: string };

export function workerTemplate(cluster: TaskCluster, group: GroupSpec, image: string): PodTemplate {
  const rendered = render(cluster, {
    role: 'worker',
    group: group.name,
    usual: {
      spec: usualSpec(cluster),
      container: usualContainer(cluster, 'worker', { image, ...group }),
    },
    needed: {
      spec: {
        ...neededSpec(childrenOf(cluster.metadata.name).workerSecret),
        // A worker that has drained ends with 0 and shall not come back; one that crashed shall.
        restartPolicy: 'OnFailure',
      },
      container: { ...neededContainer('worker', environment(cluster, group)), ports },
    },
    template: group.template,
  });
  return { ...rendered, spec: merge(rendered.spec, { containers: [counted(rendered, group)] }) };
}

const ports = [
  { name: 'data', containerPort: PORTS.data, protocol: 'TCP' },
  { name: 'probes', containerPort: PORTS.probes, protocol: 'TCP' },
];

const ofPod = (name: string, fieldPath: string): V1EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

const environment = (cluster: TaskCluster, group: GroupSpec): V1EnvVar[] => [
  ofPod('TASKLOOM_POD_IP', 'status.podIP'),
  { name: 'TASKLOOM_ADDRESS', value: addressInside(cluster.metadata.name, cluster.metadata.namespace ?? '') },
  { name: 'TASKLOOM_PORT', value: String(PORTS.data) },
  { name: 'TASKLOOM_ADVERTISE', value: `https://$(TASKLOOM_POD_IP):${PORTS.data}` },
  ofPod('TASKLOOM_NAME', 'metadata.name'),
  { name: 'TASKLOOM_GROUP', value: group.name },
  // In bytes: the container's limit, or what the node has to give when there is none.
  {
    name: 'TASKLOOM_MEMORY_LIMIT',
    valueFrom: { resourceFieldRef: { containerName: 'worker', resource: 'limits.memory', divisor: '1' } },
  },
];

/** What follows from the resources of the container, which a template may have set as well. */
function counted(template: PodTemplate, { threads }: GroupSpec): Json {
  const { resources, image } = containerOf(template, 'worker');
  const { limits, requests } = isObject(resources) ? resources : {};
  const of = (list: unknown) => (isObject(list) ? amountOf(list.cpu) : undefined);
  const cores = of(limits) ?? of(requests) ?? 1;
  const devices = isObject(limits) ? devicesOf(limits) : '';
  return {
    name: 'worker',
    env: [
      { name: 'TASKLOOM_THREADS', value: String(threads ?? Math.max(1, Math.ceil(cores))) },
      { name: 'TASKLOOM_IMAGE', value: String(image) },
      ...(devices === '' ? [] : [{ name: 'TASKLOOM_RESOURCES', value: devices }]),
    ],
  };
}
