/** New workers' pods, with names that nobody has. */

import type { DesiredGroup } from '../desired/types.ts';
import { workerPod } from '../desired/worker-pod.ts';
import { ATTEMPT } from '../observed/worker.ts';
import type { Context } from './context.ts';
import type { Command } from './types.ts';

/** As Kubernetes does: no vowels, so that no words arise, and nothing that looks like something else. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 5;

export function create(context: Context, group: DesiredGroup, count: number, attempt: number): Command[] {
  const { cluster } = context.observed;
  const { revision } = group;
  if (!revision) return [];
  const taken = new Set(context.workers.map(({ name }) => name));
  const next = letters(context.moment.seed, group.name);
  return Array.from({ length: count }, () => {
    let name: string;
    do name = `${cluster.metadata.name}-${group.name}-${next()}`;
    while (taken.has(name));
    taken.add(name);
    const annotations = attempt > 0 ? { [ATTEMPT]: String(attempt) } : {};
    return { kind: 'createPod', group: group.name, pod: workerPod(cluster, revision, name, annotations) };
  });
}

/** xorshift32 (Marsaglia, 2003), begun from the seed and the group. */
function letters(seed: number, group: string): () => string {
  let state = seed | 1;
  for (const unit of group) state = Math.imul(state ^ unit.charCodeAt(0), 0x01000193);
  if (state === 0) state = 1;
  const letter = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ALPHABET[(state >>> 0) % ALPHABET.length];
  };
  return () => Array.from({ length: LENGTH }, letter).join('');
}
