import type { TaskCluster } from '../crd/resource.ts';
import type { KubeObject } from '../runtime/objects.ts';
import { childMetadata, REVISION } from './labels.ts';
import { merge } from './merge.ts';
import type { Revision } from './types.ts';

/** Beyond its own deadline a worker gets this long to say goodbye, in seconds. */
export const MARGIN_SECONDS = 30;

/** A pod of this revision. What concerns how it goes, not what it does, is that of today: it restarts nobody. */
export function workerPod(
  cluster: TaskCluster,
  { hash, template }: Pick<Revision, 'hash' | 'template'>,
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject & { readonly spec: Readonly<Record<string, unknown>> } {
  const { drainSeconds } = cluster.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...childMetadata(cluster, name),
      labels: template.metadata.labels,
      annotations: { ...template.metadata.annotations, ...annotations, [REVISION]: hash },
    },
    spec: merge(template.spec, {
      terminationGracePeriodSeconds: drainSeconds + MARGIN_SECONDS,
      containers: [
        { name: 'worker', env: [{ name: 'TASKLOOM_DRAIN_SECONDS', value: String(drainSeconds) }] },
      ],
    }),
  };
}
