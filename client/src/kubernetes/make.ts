import { isApiError, pathOf } from '@taskloom/operator/runtime';
import { ClientError } from '../errors.ts';
import { failureOf } from './failures.ts';
import { type KubeClusterOptions, manifestOf } from './options.ts';
import { TASK_CLUSTERS, type TaskCluster } from './resource.ts';
import { asking, type Target } from './target.ts';

export interface Made {
  readonly cluster: TaskCluster;
  /** Whether we made it: only then is it ours to delete. */
  readonly ours: boolean;
}

/** Writes the resource; a misspelt field is refused, not dropped. */
export async function make(target: Target, options: KubeClusterOptions): Promise<Made> {
  const body = manifestOf(options, target.namespace);
  const path = pathOf(TASK_CLUSTERS, { namespace: target.namespace });
  const query = { fieldManager: 'taskloom-client', fieldValidation: 'Strict' };
  try {
    const made = await target.transport.json({ method: 'POST', path, query, body });
    return { cluster: made as TaskCluster, ours: true };
  } catch (error) {
    if (!isApiError(error, 'already-exists')) throw failureOf(error, target);
    return { cluster: await existing(target, options), ours: false };
  }
}

async function existing(
  target: Target,
  { name, onExists = 'fail' }: KubeClusterOptions,
): Promise<TaskCluster> {
  const { namespace } = target;
  if (onExists === 'connect') return theOne(target, name);
  throw new ClientError(
    'name-in-use',
    `there is a cluster ${name} in namespace ${namespace}: use another name, KubeCluster.connect('${name}'), or { onExists: 'connect' }`,
  );
}

/** The cluster of this name. When there is none, says which there are. */
export async function theOne(target: Target, name: string): Promise<TaskCluster> {
  const { api, namespace } = target;
  return asking(target, async () => {
    const found = await api.get(TASK_CLUSTERS, { namespace, name });
    if (found) return found;
    const { items } = await api.list(TASK_CLUSTERS, { namespace }, {});
    const names = items.map((item) => item.metadata.name).join(', ');
    throw new ClientError(
      'not-found',
      `there is no cluster ${name} in namespace ${namespace}; there ${names ? `are: ${names}` : 'are none'}`,
    );
  });
}
