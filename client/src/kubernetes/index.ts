/** Clusters on Kubernetes; by itself, since it loads the Kubernetes library. */
// First the guard: an older Node fails at something else, and does not say why.
import '@taskloom/protocol/node-version';

export { KubeCluster, type KubeConnectOptions, type KubeListOptions } from './kube-cluster.ts';
export type { ClusterSummary } from './list.ts';
export type { LogsOptions } from './logs.ts';
export type {
  IdleOptions,
  KubeClusterOptions,
  Quantities,
  WorkerGroupOptions,
  WorkerOptions,
} from './options.ts';
export type { KubernetesOptions } from './target.ts';
export type { WaitingOptions } from './waiting.ts';
