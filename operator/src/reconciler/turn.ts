/** One look at one cluster, and what it has at hand. */
import type { AdminDoors } from '../admin/client.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { Expectations, Kube, Recorder } from '../runtime/index.ts';
import type { Caches } from './caches.ts';
import type { Memory } from './memory.ts';
import type { SchedulerWatch } from './scheduler-watch.ts';

export interface Turn {
  readonly key: string;
  readonly cluster: TaskCluster;
  readonly memory: Memory;
  /** Writes only while this replica leads. */
  readonly kube: Kube;
  readonly caches: Caches;
  readonly expectations: Expectations;
  readonly schedulers: SchedulerWatch;
  readonly admin: AdminDoors;
  readonly recorder: Pick<Recorder, 'record'>;
  /** Milliseconds that only grow, and since the epoch. */
  readonly now: () => number;
  readonly wall: () => number;
  readonly signal: AbortSignal;
  readonly log: (message: string, about?: object) => void;
}
