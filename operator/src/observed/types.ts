/** What there is: one cluster with all that belongs to it, as the shell saw it. Everything below is a function of this. */
import type { TaskCluster } from '../crd/resource.ts';
import type { KubeObject } from '../runtime/objects.ts';
import type { Pod } from './pod.ts';
import type { SchedulerView } from './scheduler.ts';

/** What the API server said to a pod in a dry run. */
export interface Trial {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Why it does not take such a pod; absent when it does. */
  readonly refusal?: string | undefined;
}

/** The API server did not take a pod of this group, at the last attempt: a quota, a policy. Forgotten when a pod of the group is made. */
export interface Refusal {
  readonly group: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Observed {
  /** As stored, with its defaults and its last status. */
  readonly cluster: TaskCluster;
  /**
   * Whatever has the name of one of the cluster's children (but pods and Secrets), and what else it owns: also what is not ours, so that
   * it is left alone and named. `kind` and `apiVersion` are set.
   */
  readonly children: readonly KubeObject[];
  /** Pods whose controller is this TaskCluster, by UID. */
  readonly workers: readonly Pod[];
  /** `{cluster}-scheduler-0`, unless it is that of an earlier cluster of this name. */
  readonly schedulerPod?: Pod | undefined;
  readonly scheduler: SchedulerView;
  /** By the key of the command that asked for it. */
  readonly trials: Readonly<Record<string, Trial>>;
  readonly refusals: readonly Refusal[];
  /** Last lines of containers that died, by the key of the command that asked for them. */
  readonly logs: Readonly<Record<string, string>>;
  /** What has the name of a Secret or a pod of ours and is still that of an earlier cluster, by kind and name. */
  readonly leaving?: readonly string[];
  /** Why the cluster's Secrets are not what they must be, when they are not. */
  readonly secretsFault?: string | undefined;
}
