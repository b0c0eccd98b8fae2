import type { V1EnvVar, V1Lifecycle } from '@kubernetes/client-node';
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
      container: { ...usualContainer(cluster, 'worker', { image, ...group }), lifecycle },
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

/** Where a worker says which process it is, for as long as it has something to finish. */
const PID_FILE = '/tmp/taskloom.pid';

/**
 * Drains the worker before the kubelet ends the container, so that it is told even where a command that wraps it is process 1 and
 * passes no signal on.
 */
const lifecycle: V1Lifecycle = {
  preStop: {
    exec: {
      command: [
        '/bin/sh',
        '-c',
        // One that has not begun, or has ended, needs no hook: what fails here would be an Event that alarms for nothing.
        `pid=$(cat ${PID_FILE}) && kill -TERM "$pid" && while [ -e ${PID_FILE} ]; do sleep 0.1 || exit 0; done; exit 0`,
      ],
    },
  },
};

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
  { name: 'TASKLOOM_PID_FILE', value: PID_FILE },
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
