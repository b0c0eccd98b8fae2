/** How many workers there should be. */
import { DEFAULT_GROUP } from '@taskloom/operator/crd';
import { isApiError } from '@taskloom/operator/runtime';
import { ClientError } from '../errors.ts';
import { failureOf } from './failures.ts';
import { theOne } from './make.ts';
import { TASK_CLUSTERS } from './resource.ts';
import { asking, type Target } from './target.ts';

/** Somebody else may write in between; so often it is tried again. */
const ATTEMPTS = 5;

export async function scaled(target: Target, name: string, workers: number, group: string): Promise<void> {
  if (!Number.isInteger(workers) || workers < 0) {
    throw new ClientError('bad-option', `scale takes how many workers, got ${String(workers)}`);
  }
  const { api, namespace } = target;
  if (group !== DEFAULT_GROUP) return scaledGroup(target, name, workers, group);
  const patch = { spec: { replicas: workers } };
  await asking(target, () => api.merge(TASK_CLUSTERS, { namespace, name }, patch, { subresource: 'scale' }));
}

/** The scale subresource is that of the default group; another is replaced in the list as it was read. */
async function scaledGroup(target: Target, name: string, workers: number, group: string): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    try {
      return await replaced(target, name, workers, group);
    } catch (error) {
      if (!isApiError(error, 'conflict')) throw failureOf(error, target);
    }
  }
  return asking(target, () => replaced(target, name, workers, group));
}

async function replaced(target: Target, name: string, workers: number, group: string): Promise<void> {
  const { metadata, spec } = await theOne(target, name);
  const groups = spec.workerGroups ?? [];
  if (!groups.some((each) => each.name === group)) throw unknownGroup(name, group, groups);
  const workerGroups = groups.map((each) => (each.name === group ? { ...each, replicas: workers } : each));
  const patch = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { workerGroups } };
  await target.api.merge(TASK_CLUSTERS, { namespace: target.namespace, name }, patch);
}

function unknownGroup(
  cluster: string,
  group: string,
  groups: readonly { readonly name: string }[],
): ClientError {
  const names = [DEFAULT_GROUP, ...groups.map((each) => each.name)].join(', ');
  return new ClientError('bad-option', `cluster ${cluster} has no group "${group}"; it has ${names}`);
}
