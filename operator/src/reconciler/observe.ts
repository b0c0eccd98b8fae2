/** What there is, as plain data. */
import type { TaskCluster } from '../crd/resource.ts';
import type { Observed, SchedulerView } from '../observed/index.ts';
import type { Caches } from './caches.ts';
import type { Memory } from './memory.ts';

export function observe(
  cluster: TaskCluster,
  caches: Caches,
  memory: Memory,
  scheduler: SchedulerView,
): Observed {
  const children = caches.children(cluster);
  const known = new Set(children.map(({ metadata }) => metadata.uid));
  const strangers = [...memory.strangers.values()].filter(({ metadata }) => !known.has(metadata.uid));
  return {
    cluster,
    children: [...children, ...strangers],
    workers: caches.workers(cluster),
    schedulerPod: caches.schedulerPod(cluster),
    scheduler,
    trials: Object.fromEntries(memory.trials),
    refusals: [...memory.refusals.values()],
    logs: Object.fromEntries(memory.logs),
    secretsFault: memory.secrets.fault,
  };
}
