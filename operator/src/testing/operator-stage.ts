/**
 * The real operator on a real API server, in a namespace of its own; the node and the schedulers are played. Time is the test's: it goes on
 * by itself, and leaps when the test says so.
 */
import { expect, vi } from 'vitest';
import { newNamespace } from '../../../test/kubernetes/namespace.ts';
import { installDefinition, transportOf } from '../../../test/kubernetes/resource.ts';
import type { Api } from '../../../test/kubernetes/start-api.ts';
import type { Condition, TaskCluster } from '../crd/resource.ts';
import { judgement } from '../judgement.ts';
import { Operator } from '../operator.ts';
import { CHILDREN, PODS, SECRETS, TASK_CLUSTERS } from '../reconciler/kinds.ts';
import { kubeconfigCredentials } from '../runtime/http/kubeconfig.ts';
import {
  ApiClient,
  type Credentials,
  type KubeObject,
  noInstruments,
  type Resource,
  type Transport,
} from '../runtime/index.ts';
import { PlayedNode } from './played-node.ts';
import { PlayedSchedulers } from './played-schedulers.ts';
import { SkippingClock } from './skipping-clock.ts';

export interface Write {
  readonly operator: string;
  readonly method: string;
}

export class OperatorStage implements AsyncDisposable {
  readonly namespace: string;
  readonly kube: ApiClient;
  readonly node: PlayedNode;
  readonly clock = new SkippingClock();
  readonly schedulers: PlayedSchedulers;
  /** Writes of operators that the API server has answered. */
  readonly writes: Write[] = [];
  /** How many requests of each operator were answered. */
  readonly answered = new Map<string, number>();
  /** How often an operator has looked at a cluster, and listed a kind. */
  looks = 0;
  lists = 0;
  /** Warnings and errors of operators. */
  readonly troubles: string[] = [];
  readonly credentials: Credentials;
  readonly #transport: Transport;
  readonly #running: { readonly operator: Operator; readonly ended: Promise<void> }[] = [];

  private constructor(namespace: string, transport: Transport, credentials: Credentials) {
    this.namespace = namespace;
    this.credentials = credentials;
    this.#transport = transport;
    this.kube = new ApiClient(transport, { fieldManager: 'somebody' });
    this.node = new PlayedNode(transport, namespace);
    this.schedulers = new PlayedSchedulers(
      () => this.node.pods,
      () => this.clock.wall(),
    );
  }

  static async set(api: Api, labels: Readonly<Record<string, string>> = {}): Promise<OperatorStage> {
    const transport = transportOf(api);
    await installDefinition(transport);
    const credentials = kubeconfigCredentials({ file: api.kubeconfig });
    if (!credentials) throw new Error(`${api.kubeconfig} names no cluster`);
    const stage = new OperatorStage(await newNamespace(api, 'operator', labels), transport, credentials);
    await stage.node.start();
    return stage;
  }

  /** With an operator that leads. */
  static async withOperator(api: Api, labels: Readonly<Record<string, string>> = {}): Promise<OperatorStage> {
    const stage = await OperatorStage.set(api, labels);
    const operator = stage.run('alone');
    await vi.waitFor(() => expect(operator.leads).toBe(true), SOON);
    return stage;
  }

  /** Starts a replica; those with an election run for one Lease. */
  run(name: string, { credentials = this.credentials, election = false } = {}): Operator {
    const trouble = (about: object, message: string) =>
      this.troubles.push(`${name}: ${message} ${JSON.stringify(about)}`);
    const operator = new Operator({
      settings: {
        ...{ namespace: this.namespace, operatorNamespace: this.namespace, podName: name },
        ...{ defaultImage: 'none.invalid/taskloom:1', leaderElection: election, logLevel: 'info' },
        ...{ metricsPort: 0, healthPort: 0, apiPerSecond: 10_000, apiBurst: 10_000, workers: 16 },
      },
      credentials,
      judgement,
      instruments: {
        ...noInstruments,
        reconciles: { inc: () => this.looks++ },
        reflectorLists: { inc: () => this.lists++ },
        requests: { inc: ({ method = '', code = '' } = {}) => this.#answered(name, method, code) },
      },
      log: { debug() {}, info() {}, warn: trouble, error: trouble },
      admin: this.schedulers,
      clock: this.clock,
    });
    this.#running.push({ operator, ended: operator.run() });
    return operator;
  }

  #answered(operator: string, method: string, code: string): void {
    if (!/^\d/.test(code)) return;
    this.answered.set(operator, (this.answered.get(operator) ?? 0) + 1);
    if (method !== 'GET') this.writes.push({ operator, method });
  }

  async create(name: string, spec: object = { workers: { replicas: 2 } }): Promise<TaskCluster> {
    const { namespace } = this;
    return this.kube.create(TASK_CLUSTERS, { metadata: { namespace, name }, spec } as unknown as TaskCluster);
  }

  /** Time passes, and the operator has looked since. */
  async pass(ms: number): Promise<void> {
    const before = this.looks;
    this.clock.skip(ms);
    await vi.waitFor(() => expect(this.looks).toBeGreaterThan(before), SOON);
  }

  get<T extends KubeObject>(of: Resource<T>, name: string): Promise<T | undefined> {
    return this.kube.get(of, { namespace: this.namespace, name });
  }

  async list<T extends KubeObject>(of: Resource<T>): Promise<readonly T[]> {
    return (await this.kube.list(of, { namespace: this.namespace }, {})).items;
  }

  /** Where something is, and nothing else of it. */
  at({ metadata: { name } }: KubeObject) {
    return { namespace: this.namespace, name };
  }

  async condition(name: string, type: string): Promise<Condition | undefined> {
    const cluster = await this.get(TASK_CLUSTERS, name);
    return cluster?.status?.conditions?.find((one) => one.type === type);
  }

  /** Resolves when the condition has this status and reason. */
  async says(name: string, type: string, said: string): Promise<string> {
    const look = async () => {
      const { metadata, status } = (await this.get(TASK_CLUSTERS, name)) ?? {};
      if (status?.observedGeneration !== metadata?.generation) return 'nothing of the spec as it is now';
      const condition = status?.conditions?.find((one) => one.type === type);
      return `${condition?.status} ${condition?.reason}`;
    };
    await vi.waitFor(async () => expect(await look()).toBe(said), SOON);
    return (await this.condition(name, type))?.message ?? '';
  }

  async ready(name: string): Promise<void> {
    await this.says(name, 'Ready', 'True Ready');
    await this.says(name, 'Progressing', 'False Settled');
  }

  /** All that a cluster is made of. */
  async belongings(): Promise<readonly (readonly [Resource, KubeObject])[]> {
    const kinds: readonly Resource[] = [...CHILDREN, SECRETS, PODS];
    const lists = await Promise.all(
      kinds.map(async (of) => (await this.list(of)).map((object) => [of, object] as const)),
    );
    return lists.flat().filter(([, { metadata }]) => metadata.name !== 'default');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { operator } of this.#running) operator.stop();
    await Promise.all(this.#running.map(({ ended }) => ended));
    await this.node.stop();
    this.#transport.close();
  }
}

/** How long what comes by itself is waited for, at most. */
export const SOON = { timeout: 10_000, interval: 20 } as const;
