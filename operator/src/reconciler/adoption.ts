/** Workers that have lost their owner: they are the cluster's as long as they say so, as a ReplicaSet takes pods that its selector finds. */
import { LABELS } from '../crd/names.ts';
import { isApiError } from '../runtime/index.ts';
import { PODS } from './kinds.ts';
import { ownedBy } from './owner.ts';
import type { Turn } from './turn.ts';

export async function adoptWorkers(turn: Turn): Promise<void> {
  const { caches, cluster, kube, signal, log } = turn;
  for (const { metadata } of caches.orphans(cluster)) {
    if (metadata.labels?.[LABELS.component] !== 'worker' || metadata.deletionTimestamp !== undefined)
      continue;
    const { uid, resourceVersion, ownerReferences = [] } = metadata;
    // Those who own it without controlling it go on doing so.
    const others = ownerReferences.filter((owner) => owner.uid !== cluster.metadata.uid);
    const patch = { metadata: { uid, resourceVersion, ownerReferences: [...others, ownedBy(cluster)] } };
    try {
      caches.pods.learn(await kube.merge(PODS, metadata, patch, { signal }));
      log('owned a pod again', { pod: metadata.name });
    } catch (error) {
      // Somebody was quicker, and the watch will tell.
      if (!isApiError(error, 'not-found', 'conflict')) throw error;
    }
  }
}
