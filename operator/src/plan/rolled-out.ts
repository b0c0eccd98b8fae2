import { childrenOf } from '../crd/names.ts';
import { isOwned, REVISION } from '../desired/labels.ts';
import type { Observed } from '../observed/types.ts';
import type { KubeObject } from '../runtime/objects.ts';

interface StatefulSet extends KubeObject {
  readonly spec?: {
    readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } };
  };
  readonly status?: { readonly observedGeneration?: number };
}

/** The StatefulSet's controller has seen the template that is wanted. */
export function isRolledOut({ cluster, children }: Observed, hash: string): boolean {
  const { scheduler } = childrenOf(cluster.metadata.name);
  const found: StatefulSet | undefined = children.find(
    (child) => child.kind === 'StatefulSet' && child.metadata.name === scheduler && isOwned(child, cluster),
  );
  const { annotations } = found?.spec?.template?.metadata ?? {};
  return annotations?.[REVISION] === hash && found?.status?.observedGeneration === found?.metadata.generation;
}
