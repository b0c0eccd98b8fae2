/** The StatefulSet controller, as far as it concerns us. */
import type { Pod } from '../observed/pod.ts';
import type { KubeObject } from '../runtime/objects.ts';

interface StatefulSet extends KubeObject {
  readonly spec: { readonly replicas: number; readonly template: Pick<Pod, 'metadata' | 'spec'> };
  readonly status?: { readonly observedGeneration?: number };
}

/** Marks the template as seen; answers with the pod that is missing, or that there is one too many. */
export function schedulerPodOf(
  children: Map<string, KubeObject>,
  pod: Pod | undefined,
): Pod | 'delete' | undefined {
  const found = [...children].find(([, { kind }]) => kind === 'StatefulSet');
  if (!found) return undefined;
  const [key, object] = found;
  const set = object as StatefulSet;
  const observedGeneration = set.metadata.generation ?? 0;
  children.set(key, { ...set, status: { observedGeneration } } as KubeObject);
  if (set.spec.replicas === 0) return pod && !pod.metadata.deletionTimestamp ? 'delete' : undefined;
  if (pod) return undefined;
  const { metadata, spec } = set.spec.template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: `${set.metadata.name}-0`, namespace: 'team-a' },
    ...(spec ? { spec } : {}),
  };
}
