/** What the operator, the pods and the client call the same things: names of children, labels, ports, paths. */
export const GROUP = 'taskloom.dev';
export const VERSION = 'v1alpha1';
export const KIND = 'TaskCluster';
export const PLURAL = 'taskclusters';

/** The group that `spec.workers` describes. */
export const DEFAULT_GROUP = 'default';

export const LABELS = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  cluster: 'taskloom.dev/cluster',
  group: 'taskloom.dev/group',
} as const;

/** The value of LABELS.managedBy on all that the operator makes, pods of the StatefulSet too: what lacks it is not watched. */
export const MANAGER = 'taskloom-operator';

export const PORTS = {
  /** The scheduler's door for clients and workers: WebSocket over TLS. */
  cluster: 8786,
  /** Probes and metrics, of schedulers and workers: HTTPS. */
  probes: 8787,
  /** The scheduler's admin door, for the operator: HTTPS with the admin token. */
  admin: 8788,
  /** A worker's data door: HTTPS with the data token. */
  data: 8789,
} as const;

/** What each role's certificate says; dialers set it as `servername`, so addresses of pods need no certificate of their own. */
export const SERVER_NAMES = { scheduler: 'scheduler.taskloom.dev', worker: 'worker.taskloom.dev' } as const;

/** Where the pods find their Secret: tls.crt, tls.key, ca.crt, and the tokens that their role needs. */
export const SECRET_PATH = '/var/run/secrets/taskloom';

/** Children of one cluster, by its name. Worker pods are `{cluster}-{group}-{suffix}`. */
export const childrenOf = (cluster: string) => ({
  serviceAccount: `${cluster}-pods`,
  scheduler: `${cluster}-scheduler`,
  schedulerPod: `${cluster}-scheduler-0`,
  service: `${cluster}-scheduler`,
  networkPolicy: `${cluster}-pods`,
  schedulerBudget: `${cluster}-scheduler`,
  /** ca.crt, ca.key: only the operator reads it. */
  authoritySecret: `${cluster}-ca`,
  /** tls.crt, tls.key, ca.crt, client-token, worker-token, admin-token: mounted by the scheduler. */
  schedulerSecret: `${cluster}-scheduler`,
  /** tls.crt, tls.key, ca.crt, worker-token: mounted by workers. */
  workerSecret: `${cluster}-worker`,
  /** ca.crt, token: what a person's script reads to connect. */
  clientSecret: `${cluster}-client`,
});

/** Where pods and scripts inside the Kubernetes cluster reach the scheduler. */
export const addressInside = (cluster: string, namespace: string) =>
  `wss://${childrenOf(cluster).service}.${namespace}.svc:${PORTS.cluster}`;
