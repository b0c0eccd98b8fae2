/** The resource as the client reads and writes it; its schema is the operator's. */
import { GROUP, KIND, PLURAL, VERSION } from '@taskloom/operator/crd';
import { type KubeObject, resource } from '@taskloom/operator/runtime';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** Of one group of workers: how many there should be, are, are ready, and leave. */
export interface GroupStatus {
  readonly name: string;
  readonly desired: number;
  readonly replicas: number;
  readonly ready: number;
  readonly draining: number;
}

export interface TaskCluster extends KubeObject {
  readonly spec: {
    readonly workers?: { readonly replicas?: number };
    readonly workerGroups?: readonly { readonly name: string; readonly replicas?: number }[];
    readonly suspend?: boolean;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly workersReady?: string;
    readonly groups?: readonly GroupStatus[];
    readonly version?: string;
  };
}

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
