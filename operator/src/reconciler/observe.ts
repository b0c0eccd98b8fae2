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
  const met = [...memory.strangers.values()].map(({ object }) => object);
  const strangers = met.filter(({ metadata }) => !known.has(metadata.uid));
  const { pod: schedulerPod, ours } = caches.schedulerPod(cluster);
  const left = ours ? undefined : schedulerPod;
  return {
    cluster,
    children: [...children, ...strangers],
    workers: caches.workers(cluster),
    schedulerPod: ours ? schedulerPod : undefined,
    scheduler,
    trials: Object.fromEntries(memory.trials),
    refusals: [...memory.refusals.values()],
    logs: Object.fromEntries(memory.logs),
    leaving: [...memory.secrets.leaving, ...(left ? [`Pod ${left.metadata.name}`] : [])],
    secretsFault: memory.secrets.fault,
  };
}
