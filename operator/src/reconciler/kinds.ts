/** The kinds that the operator reads and writes. */
import { GROUP, KIND, PLURAL, VERSION } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { Pod } from '../observed/pod.ts';
import { apiVersionOf, type KubeObject, type Resource, resource } from '../runtime/index.ts';

export interface Secret extends KubeObject {
  readonly type?: string;
  /** In base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export const TASK_CLUSTERS = resource<TaskCluster>(`${GROUP}/${VERSION}`, KIND, PLURAL);
export const PODS = resource<Pod>('v1', 'Pod', 'pods');
/** Read by name only: the operator has no right to list them. */
export const SECRETS = resource<Secret>('v1', 'Secret', 'secrets');

/** What is watched beside the clusters and their pods. */
export const CHILDREN: readonly Resource[] = [
  resource('v1', 'ServiceAccount', 'serviceaccounts'),
  resource('v1', 'Service', 'services'),
  resource('apps/v1', 'StatefulSet', 'statefulsets'),
  resource('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  resource('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  resource('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
];

export function kindOf({ apiVersion, kind }: KubeObject): Resource {
  const found = CHILDREN.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (!found) throw new Error(`the operator knows no ${kind} of ${apiVersion}`);
  return found;
}
