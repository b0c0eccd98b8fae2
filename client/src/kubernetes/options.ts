/** What is said of a new cluster, and the resource that says it. */
import { GROUP, KIND, VERSION } from '@taskloom/operator/crd';
import { onlyOptions } from '../said.ts';
import type { KubernetesOptions } from './target.ts';
import type { WaitingOptions } from './waiting.ts';

/** Quantities as Kubernetes writes them, e.g. `{ cpu: '2', memory: '4Gi', 'nvidia.com/gpu': '1' }`. */
export type Quantities = Readonly<Record<string, string | number>>;

export interface WorkerOptions {
  /** Tasks at once on each worker. */
  readonly threads?: number | undefined;
  /** Of the pod of each worker. A GPU limit becomes a resource that tasks can ask for. */
  readonly resources?:
    | { readonly requests?: Quantities | undefined; readonly limits?: Quantities | undefined }
    | undefined;
  /** Added to the environment of the workers. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface WorkerGroupOptions extends WorkerOptions {
  readonly name: string;
  readonly workers: number;
}

export interface IdleOptions {
  /** How long there has been no client and no work. */
  readonly seconds: number;
  readonly action?: 'Delete' | 'Suspend' | undefined;
}

export interface KubeClusterOptions extends KubernetesOptions, WaitingOptions, WorkerOptions {
  readonly name: string;
  /** Worker pods; 1 unless said. */
  readonly workers?: number | undefined;
  /** The image of scheduler and workers; the operator's unless said. */
  readonly image?: string | undefined;
  /** Further groups of workers. */
  readonly workerGroups?: readonly WorkerGroupOptions[] | undefined;
  /** What happens when nobody uses it; it is deleted after 20 minutes unless said, so that a script that was killed costs nothing for ever. */
  readonly idle?: IdleOptions | false | undefined;
  /** Laid over the spec that the other options make; see the reference of TaskCluster. */
  readonly spec?: object | undefined;
  /** When there is a cluster of that name: `fail` unless said, or use that one as it is. `close` leaves it. */
  readonly onExists?: 'fail' | 'connect' | undefined;
}

// biome-ignore format: a list of names
const KNOWN: Readonly<Record<keyof KubeClusterOptions, true>> = {
  name: true, workers: true, image: true, threads: true, resources: true, env: true, workerGroups: true, idle: true, spec: true,
  onExists: true, kubeconfig: true, context: true, namespace: true, timeoutMs: true, quiet: true, stream: true,
};

const IDLE = { seconds: 1200, action: 'Delete' } as const;

/** Values are checked by the API server, whose messages say what to write instead. */
export function checkOptions(options: object, known: Readonly<Record<string, true>> = KNOWN): void {
  onlyOptions(options, Object.keys(known) as (keyof typeof options)[], "{ name: 'first' }");
}

export function manifestOf(options: KubeClusterOptions, namespace: string) {
  checkOptions(options);
  const { name, workers, image, workerGroups, idle = IDLE, spec = {} } = options;
  const made = {
    ...(image !== undefined && { image }),
    workers: { ...(workers !== undefined && { replicas: workers }), ...workersOf(options) },
    ...(workerGroups && { workerGroups: workerGroups.map(groupOf) }),
    ...(idle && { idle: { ...idle } }),
  };
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name, namespace },
    spec: overlaid(made, spec) as object,
  };
}

const groupOf = (group: WorkerGroupOptions) => ({
  name: group.name,
  replicas: group.workers,
  ...workersOf(group),
});

const workersOf = ({ threads, resources, env }: WorkerOptions) => ({
  ...(threads !== undefined && { threads }),
  ...(resources && { resources }),
  ...(env && { env: Object.entries(env).map(([name, value]) => ({ name, value })) }),
});

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Maps are merged, anything else replaced. */
function overlaid(below: unknown, above: unknown): unknown {
  if (!isMap(below) || !isMap(above)) return above;
  const names = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in above ? overlaid(below[name], above[name]) : below[name]]),
  );
}
