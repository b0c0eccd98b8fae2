/**
 * What a role's pods are made of, kept as it was rendered: a newer operator, which would render something else of the same words,
 * changes no pod. One is told from another by the hash of the words.
 */
import type { TaskCluster } from '../crd/resource.ts';
import type { KubeObject } from '../runtime/objects.ts';
import { childMetadata, labelsOf } from './labels.ts';
import type { PodTemplate, Revision } from './types.ts';

/** The group of a revision, or `scheduler`; no group can have that name. */
export const ROLE = 'taskloom.dev/role';

export interface ControllerRevision extends KubeObject {
  readonly data?: { readonly template: PodTemplate };
  readonly revision: number;
}

/** Dots cannot occur in the names of clusters and groups, so no two clusters can want the same name. */
export const revisionName = (cluster: TaskCluster, role: string, hash: string) =>
  `${cluster.metadata.name}.${role}.${hash}`;

export const isRevision = (object: KubeObject): object is ControllerRevision =>
  object.kind === 'ControllerRevision';

export const controllerRevision = (
  cluster: TaskCluster,
  role: string,
  { name, template }: Pick<Revision, 'name' | 'template'>,
  revision: number,
): ControllerRevision => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { ...childMetadata(cluster, name), labels: { ...labelsOf(cluster), [ROLE]: role } },
  data: { template },
  revision,
});
