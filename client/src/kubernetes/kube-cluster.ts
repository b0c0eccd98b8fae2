/** A cluster on Kubernetes: a TaskCluster, which the operator makes true. */
import { DEFAULT_GROUP } from '@taskloom/operator/crd';
import { Client } from '../client.ts';
import { type ConnectOptions, openSession } from '../connect.ts';
import { ClientError } from '../errors.ts';
import { Keys } from '../keys.ts';
import type { Session } from '../session.ts';
import { SchedulerDoor } from './door.ts';
import { type ClusterSummary, summariesOf } from './list.ts';
import { type LogsOptions, logsOf } from './logs.ts';
import { type Made, make, theOne } from './make.ts';
import { checkOptions, type KubeClusterOptions } from './options.ts';
import { desiredWorkers, isSchedulerReady, TASK_CLUSTERS, type TaskCluster } from './resource.ts';
import { scaled } from './scale.ts';
import type { Goal } from './standing.ts';
import { asking, type KubernetesOptions, type Target, targetOf } from './target.ts';
import { type WaitingOptions, waitFor } from './waiting.ts';

const brand: unique symbol = Symbol.for('taskloom.client') as never;

export interface KubeConnectOptions extends KubernetesOptions, WaitingOptions {}

export interface KubeListOptions extends KubernetesOptions {
  /** Of all namespaces, not only the one. */
  readonly allNamespaces?: boolean | undefined;
}

// biome-ignore format: lists of names
const PLACE = { kubeconfig: true, context: true, namespace: true } as const;
const WAITING = { timeoutMs: true, quiet: true, stream: true } as const;

/**
 * A cluster on Kubernetes. From outside it is reached by a port-forward, from inside by its service; which Kubernetes, as whom and in
 * which namespace is what kubectl would take.
 *
 * @example
 * import { KubeCluster } from '@taskloom/client/kubernetes';
 *
 * await using cluster = await KubeCluster.create({ name: 'malaria', workers: 50 });
 * const client = cluster.client();
 */
export class KubeCluster implements AsyncDisposable {
  readonly [brand] = true;
  readonly name: string;
  readonly #target: Target;
  readonly #made: Made;
  readonly #waiting: WaitingOptions;
  readonly #door: SchedulerDoor;
  /** The session that was opened while the workers came; the first client takes it. */
  #first: Session | undefined;
  readonly #sessions = new Set<Session>();
  #closed: Promise<void> | undefined;

  private constructor(target: Target, made: Made, waiting: WaitingOptions) {
    this.name = made.cluster.metadata.name;
    this.#target = target;
    this.#made = made;
    this.#waiting = waiting;
    this.#door = new SchedulerDoor(target, this.name);
  }

  /** Makes a cluster, which ends with `close`. Resolves when all workers are there; fails early when they cannot come. */
  static async create(options: KubeClusterOptions): Promise<KubeCluster> {
    const target = await targetOf(options);
    return KubeCluster.#opened(target, 'workers', options, () => make(target, options));
  }

  /** Joins a cluster, which stays when this is closed. Resolves when its scheduler is there. */
  static async connect(name: string, options: KubeConnectOptions = {}): Promise<KubeCluster> {
    checkOptions(options, { ...PLACE, ...WAITING });
    const target = await targetOf(options);
    return KubeCluster.#opened(target, 'scheduler', options, async () => ({
      cluster: await theOne(target, name),
      ours: false,
    }));
  }

  /** The clusters of the namespace, or of all. */
  static async list(options: KubeListOptions = {}): Promise<ClusterSummary[]> {
    checkOptions(options, { ...PLACE, allNamespaces: true });
    const target = await targetOf(options);
    try {
      return await summariesOf(target, options.allNamespaces ? undefined : target.namespace);
    } finally {
      target.transport.close();
    }
  }

  static async #opened(target: Target, goal: Goal, waiting: WaitingOptions, found: () => Promise<Made>) {
    let cluster: KubeCluster | undefined;
    try {
      cluster = new KubeCluster(target, await found(), waiting);
      await cluster.#become(goal);
      return cluster;
    } catch (error) {
      await cluster?.close();
      target.transport.close();
      throw error;
    }
  }

  get namespace(): string {
    return this.#target.namespace;
  }

  /** wss://host:port of the scheduler, as pods of this Kubernetes reach it. */
  get address(): string {
    return this.#door.address;
  }

  /** A new client of this cluster, which ends with it. */
  client(options: Pick<ConnectOptions, 'output'> = {}): Client {
    const session = options.output === undefined && this.#first ? this.#first : this.session(options);
    if (session === this.#first) this.#first = undefined;
    return new Client({ session, keys: new Keys(), closing: async () => {} });
  }

  session(options: Pick<ConnectOptions, 'output'>): Session {
    if (this.#closed) throw new ClientError('closed', 'this cluster was closed: create or connect to one');
    const session = openSession(this.address, this.#door.dial(), { ...options, attached: this.#attached });
    this.#sessions.add(session);
    return session;
  }

  /** Sets how many workers the group has, and waits until it has them; those that go finish what they run. */
  async scale(workers: number, group: string = DEFAULT_GROUP): Promise<void> {
    await scaled(this.#target, this.name, workers, group);
    await waitFor(this.#target, this.name, { ...this.#waiting, goal: 'workers' });
  }

  /** The last lines that scheduler and workers wrote, by the names of their pods. */
  logs(options: LogsOptions = {}): Promise<Map<string, string>> {
    return logsOf(this.#target, this.name, options);
  }

  /** Ends the clients. Deletes the cluster if `create` made it, and nothing else. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #attached = (on: boolean): void => {
    const { quiet, stream = process.stderr } = this.#waiting;
    if (quiet) return;
    const what = on ? 'is connected again' : 'was cut off; connecting again, tasks go on meanwhile';
    stream.write(`${this.name}: ${what}\n`);
  };

  async #close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    const { ours, cluster } = this.#made;
    const { uid, name, namespace } = cluster.metadata;
    const { api, transport } = this.#target;
    try {
      if (ours) await asking(this.#target, () => api.delete(TASK_CLUSTERS, { namespace, name }, { uid }));
    } finally {
      transport.close();
    }
  }

  /** The scheduler is dialled while the workers still start, and what it says of them counts as much as the status. */
  async #become(goal: Goal): Promise<void> {
    const enough = Promise.withResolvers<unknown>();
    const seen = (cluster: TaskCluster) => {
      if (this.#first || goal === 'scheduler' || !isSchedulerReady(cluster)) return;
      this.#first = this.session({});
      const { opened, workers } = this.#first;
      // Who may not come in need not wait for workers.
      opened
        .then(() => workers.atLeast(desiredWorkers(cluster), undefined))
        .then(enough.resolve, enough.reject);
    };
    await waitFor(this.#target, this.name, { ...this.#waiting, goal, seen, enough: enough.promise });
    this.#first ??= this.session({});
    await this.#first.opened;
  }
}
