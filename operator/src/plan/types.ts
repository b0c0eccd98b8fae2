/** What is to be done. The shell carries it out in the order in which it stands; consecutive createPod commands at once. */
import type { KubeObject } from '../runtime/objects.ts';

export interface PodRef {
  readonly name: string;
  readonly namespace: string;
  /** Only this very pod, never a namesake of it. */
  readonly uid: string;
}

export type Command =
  /** Server-side apply, forced. */
  | { readonly kind: 'apply'; readonly object: KubeObject }
  /** Create in a dry run with strict validation of fields; the outcome belongs in `Observed.trials[key]`. Then plan again. */
  | { readonly kind: 'dryRun'; readonly key: string; readonly pod: KubeObject }
  | { readonly kind: 'createPod'; readonly group: string; readonly pod: KubeObject }
  /** Merge patch of the annotations. */
  | {
      readonly kind: 'annotatePod';
      readonly pod: PodRef;
      readonly annotations: Readonly<Record<string, string>>;
    }
  /** POST /v1/retire. Said again at every plan until the worker has drained. */
  | { readonly kind: 'retire'; readonly workers: readonly string[] }
  /** POST /v1/cheapest; then plan again with the answer as `ranking`. When there is none, the scheduler is unknown. */
  | { readonly kind: 'rank'; readonly among: readonly string[]; readonly count: number }
  | {
      readonly kind: 'deletePod';
      readonly pod: PodRef;
      readonly graceSeconds?: number;
      readonly reason: string;
      /** Only if there is no client and no work: the shell makes sure of it, as it does before the cluster goes or is suspended. */
      readonly whileIdle?: true;
    }
  | {
      readonly kind: 'delete';
      readonly object: KubeObject;
      readonly reason: string;
    }
  /** The cluster itself, by UID. */
  | { readonly kind: 'deleteCluster'; readonly reason: string }
  /** Merge patch of spec.suspend. */
  | { readonly kind: 'suspendCluster'; readonly reason: string }
  /** The last lines of a container, into `Observed.logs[key]`. Then the status again. */
  | {
      readonly kind: 'readLog';
      readonly key: string;
      readonly pod: PodRef;
      readonly container: string;
      readonly previous: boolean;
    }
  /** Look again after this time, if nothing happens before. */
  | { readonly kind: 'requeueAfter'; readonly ms: number };

/** Something that people are told, about the TaskCluster. */
export interface ClusterEvent {
  readonly kind: 'event';
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** What a plan needs beside what there is and what there should be. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Names of new pods are made of it; another one for every plan. */
  readonly seed: number;
  /** The scheduler's answer to `rank`: workers that go first, first. Absent when it has not been asked. */
  readonly ranking?: readonly string[] | undefined;
}
