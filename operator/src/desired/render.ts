/** Makes a pod template of three layers: what is usual, what the person says, what the operator needs. */
import type { TaskCluster, TemplateSpec } from '../crd/resource.ts';
import { podLabels, type Role } from './labels.ts';
import { isObject, type Json, merge } from './merge.ts';
import type { PodTemplate } from './types.ts';

export interface Layers {
  readonly role: Role;
  readonly group?: string;
  readonly usual: { readonly spec: object; readonly container: object };
  readonly needed: { readonly spec: object; readonly container: object };
  readonly template?: TemplateSpec | undefined;
}

/** What a template cannot say, because the operator does: these fields would mix with ours. */
const OURS_IN_CONTAINER = ['args', 'startupProbe', 'readinessProbe', 'livenessProbe'];

export function render(cluster: TaskCluster, { role, group, usual, needed, template }: Layers): PodTemplate {
  const usualSpec = { ...usual.spec, containers: [usual.container] };
  const neededSpec = { ...needed.spec, containers: [needed.container] };
  const { metadata = {}, spec = {} } = template ?? {};
  return {
    metadata: {
      labels: { ...metadata.labels, ...podLabels(cluster, role, group) },
      annotations: { ...metadata.annotations, 'kubectl.kubernetes.io/default-container': role },
    },
    spec: merge(merge(usualSpec, allowed(spec, role)), neededSpec),
  };
}

function allowed(spec: Json, role: Role): Json {
  const containers = Array.isArray(spec.containers) ? spec.containers : [];
  return { ...spec, containers: containers.map((one) => (isRole(one, role) ? withoutOurs(one) : one)) };
}

const isRole = (container: unknown, role: Role): container is Json =>
  isObject(container) && container.name === role;
const withoutOurs = (container: Json): Json =>
  Object.fromEntries(Object.entries(container).filter(([field]) => !OURS_IN_CONTAINER.includes(field)));

/** The container of the role in a template that has been rendered. */
export function containerOf({ spec }: Pick<PodTemplate, 'spec'>, role: Role): Json {
  const containers = Array.isArray(spec.containers) ? spec.containers : [];
  return containers.find((one) => isRole(one, role)) ?? {};
}
