import { isApiError, pathOf, sleep, systemClock } from '@taskloom/operator/runtime';
import { ClientError } from '../errors.ts';
import { failureOf } from './failures.ts';
import { givenUp } from './given-up.ts';
import { lineOn, silent } from './line.ts';
import { type KubeClusterOptions, manifestOf } from './options.ts';
import { TASK_CLUSTERS, type TaskCluster } from './resource.ts';
import { asking, type Target } from './target.ts';
import { TIMEOUT_MS } from './waiting.ts';

export interface Made {
  readonly cluster: TaskCluster;
  /** Whether we made it: only then is it ours to delete. */
  readonly ours: boolean;
}

/** How often a cluster that is being deleted is looked at, in milliseconds. */
const LEAVING_MS = 200;

/** Writes the resource; a misspelt field is refused, not dropped. One of this name that is being deleted is waited for. */
export async function make(target: Target, options: KubeClusterOptions): Promise<Made> {
  const { name, quiet, stream = process.stderr, timeoutMs = TIMEOUT_MS } = options;
  const leaving = 'an earlier cluster of this name is being deleted';
  const line = quiet ? silent : lineOn(stream);
  const until = systemClock.now() + timeoutMs;
  try {
    for (;;) {
      const made = await posted(target, options);
      if (made) return { cluster: made, ours: true };
      if (!(await isLeaving(target, name))) return { cluster: await existing(target, options), ours: false };
      if (systemClock.now() >= until) throw givenUp.late(name, leaving);
      line.say(`${name}: ${leaving}`);
      await sleep(systemClock, LEAVING_MS);
    }
  } finally {
    line.end();
  }
}

/** Nothing when there is one of this name. */
async function posted(target: Target, options: KubeClusterOptions): Promise<TaskCluster | undefined> {
  const body = manifestOf(options, target.namespace);
  const path = pathOf(TASK_CLUSTERS, { namespace: target.namespace });
  const query = { fieldManager: 'taskloom-client', fieldValidation: 'Strict' };
  try {
    return (await target.transport.json({ method: 'POST', path, query, body })) as TaskCluster;
  } catch (error) {
    if (isApiError(error, 'already-exists')) return undefined;
    throw failureOf(error, target);
  }
}

/** What is gone by now was leaving, too. */
async function isLeaving(target: Target, name: string): Promise<boolean> {
  const { api, namespace } = target;
  const there = await asking(target, () => api.get(TASK_CLUSTERS, { namespace, name }));
  return there?.metadata.deletionTimestamp !== undefined || there === undefined;
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
