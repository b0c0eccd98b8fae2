/** The TaskCluster, as types. What the API server has taken in has all defaults; what people write may lack them. */
import type { z } from 'zod';
import type { KIND } from './names.ts';
import type { taskClusterSpec } from './spec.ts';
import type { taskClusterStatus } from './status.ts';

export type TaskClusterSpec = z.output<typeof taskClusterSpec>;
export type TaskClusterStatus = z.output<typeof taskClusterStatus>;
export type Condition = NonNullable<TaskClusterStatus['conditions']>[number];
export type GroupStatus = NonNullable<TaskClusterStatus['groups']>[number];

/** What `workers` and each of `workerGroups` say. */
export type WorkersSpec = TaskClusterSpec['workers'];
export type SchedulerSpec = NonNullable<TaskClusterSpec['scheduler']>;
export type TemplateSpec = NonNullable<WorkersSpec['template']>;
export type ResourcesSpec = NonNullable<WorkersSpec['resources']>;
export type EnvSpec = NonNullable<WorkersSpec['env']>;

export interface TaskClusterMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface TaskCluster {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: TaskClusterMetadata;
  readonly spec: TaskClusterSpec;
  readonly status?: TaskClusterStatus;
}

/** A TaskCluster to be written: the API server fills in what is not said. */
export interface TaskClusterManifest {
  readonly apiVersion: string;
  readonly kind: typeof KIND;
  readonly metadata: TaskClusterMetadata;
  readonly spec?: z.input<typeof taskClusterSpec>;
}
