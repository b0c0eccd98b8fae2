/** The resource as the client reads it. */
import { type Condition, GROUP, KIND, PLURAL, type TaskCluster, VERSION } from '@taskloom/operator/crd';
import { resource } from '@taskloom/operator/runtime';

export type { TaskCluster };

export const TASK_CLUSTERS = resource<TaskCluster>(`${GROUP}/${VERSION}`, KIND, PLURAL);

export const conditionOf = ({ status }: TaskCluster, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

/** Whether the status speaks of what was last written. */
export const isCurrent = ({ metadata, status }: TaskCluster): boolean =>
  status?.observedGeneration !== undefined && status.observedGeneration === metadata.generation;

export const isSchedulerReady = (cluster: TaskCluster): boolean =>
  conditionOf(cluster, 'SchedulerReady')?.status === 'True';

/** Workers of all groups that there should be. */
export const desiredWorkers = ({ spec }: TaskCluster): number =>
  [spec.workers ?? {}, ...(spec.workerGroups ?? [])].reduce((sum, { replicas = 1 }) => sum + replicas, 0);
