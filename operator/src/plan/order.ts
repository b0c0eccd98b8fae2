/** In which order workers that take work are let go. */
import type { Worker } from '../observed/worker.ts';
import type { Context } from './context.ts';

/**
 * Those that are not as the spec says, then as the scheduler ranks them, then by what they run and hold, then the youngest.
 * @param revision the one that is wanted, when there may be others
 */
export function byUse(
  { moment: { ranking = [] } }: Context,
  workers: readonly Worker[],
  revision?: string,
): Worker[] {
  const rank = new Map(ranking.map((name, i) => [name, i]));
  const measures: readonly ((worker: Worker) => number)[] = [
    (worker) => (revision === undefined || worker.revision !== revision ? 0 : 1),
    ({ name }) => rank.get(name) ?? -1,
    ({ known }) => known?.running ?? 0,
    ({ known }) => known?.heldBytes ?? 0,
    ({ createdAt }) => -createdAt,
  ];
  const differ = (a: Worker, b: Worker) => {
    for (const measure of measures) {
      const difference = measure(a) - measure(b);
      if (difference !== 0) return difference;
    }
    return a.name < b.name ? -1 : 1;
  };
  return [...workers].sort(differ);
}
