import { childrenOf } from '../crd/names.ts';
import { isOwned, REVISION } from '../desired/labels.ts';
import type { Observed } from '../observed/types.ts';
import type { KubeObject } from '../runtime/objects.ts';

interface StatefulSet extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } };
  };
  readonly status?: { readonly observedGeneration?: number };
}

/** The StatefulSet's controller has seen that the scheduler is wanted, and as what. */
export function isRolledOut({ cluster, children }: Observed, hash: string): boolean {
  const { scheduler } = childrenOf(cluster.metadata.name);
  const found: StatefulSet | undefined = children.find(
    (child) => child.kind === 'StatefulSet' && child.metadata.name === scheduler && isOwned(child, cluster),
  );
  const { replicas, template } = found?.spec ?? {};
  const isWanted = replicas !== 0 && template?.metadata?.annotations?.[REVISION] === hash;
  return isWanted && found?.status?.observedGeneration === found?.metadata.generation;
}
