/** TaskClusters and pods as e2e tests read them. */
import type { Condition, TaskClusterStatus } from '@taskloom/operator/crd';
import { expect } from 'vitest';
import type { Place } from './on-node.ts';

export interface TaskCluster {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly spec: { readonly workers: { readonly replicas: number } };
  readonly status?: TaskClusterStatus;
}

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export const manifest = (name: string, spec: object = { workers: { replicas: 2 } }) => ({
  apiVersion: 'taskloom.dev/v1alpha1',
  kind: 'TaskCluster',
  metadata: { name },
  spec,
});

export async function condition(place: Place, name: string, type: string): Promise<Condition | undefined> {
  const found = await place.get<TaskCluster>('taskcluster', name);
  return found?.status?.conditions?.find((one) => one.type === type);
}

export const ready = (place: Place, name: string, seconds = 60) =>
  place.kubectl('wait', '--for=condition=Ready', `taskcluster/${name}`, `--timeout=${seconds}s`);

/** Worker pods that are not on their way out. */
export async function workersOf(place: Place, name: string): Promise<Pod[]> {
  const selector = `taskloom.dev/cluster=${name},app.kubernetes.io/component=worker`;
  const pods = await place.list<Pod>('pods', selector);
  return pods.filter(({ metadata }) => !metadata.deletionTimestamp);
}

export const isReady = (pod: Pod) =>
  pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** Waits until as many workers as that are Ready, and no others are there. */
export async function haveWorkers(place: Place, name: string, count: number, timeoutMs = 60_000) {
  const workers = async () => (await workersOf(place, name)).map(isReady);
  await expect.poll(workers, { timeout: timeoutMs, interval: 200 }).toEqual(new Array(count).fill(true));
}

export async function deleted(place: Place, name: string): Promise<void> {
  await place.kubectl('delete', 'taskcluster', name, '--ignore-not-found');
}
