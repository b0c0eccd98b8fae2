/** Copies of results: who holds a value besides `worker` of its piece. A piece without copies has no entry. */
import type { State } from './state.ts';

export function addCopy({ replicas }: State, p: number, holder: number): void {
  replicas.set(p, (replicas.get(p) ?? new Set()).add(holder));
}

/** Tells whether it had one. */
export function forgetCopy({ replicas }: State, p: number, holder: number): boolean {
  const holders = replicas.get(p);
  if (!holders?.delete(holder)) return false;
  if (holders.size === 0) replicas.delete(p);
  return true;
}
