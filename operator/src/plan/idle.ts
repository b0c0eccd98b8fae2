/** A cluster that nobody uses: what its spec says shall become of it. */
import { again, type Context } from './context.ts';
import { FRESH_MS } from './limits.ts';
import type { Command } from './types.ts';

export function planIdle({ observed, moment: { now } }: Context): Command[] {
  const { cluster, scheduler } = observed;
  const { idle, suspend } = cluster.spec;
  if (!idle || suspend || !scheduler.known || scheduler.status.idleMs === null) return [];
  const age = now - scheduler.at;
  // What was so may no longer be so: the next answer comes by itself.
  if (age > FRESH_MS) return [];
  const left = idle.seconds * 1000 - scheduler.status.idleMs - age;
  if (left > 0) return [again(left)];
  const reason = `no client and no work for ${idle.seconds} s`;
  return [{ kind: idle.action === 'Delete' ? 'deleteCluster' : 'suspendCluster', reason }];
}
