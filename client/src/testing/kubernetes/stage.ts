/** A real API server on which a test plays the operator and the kubelet; scheduler and worker are real ones of this process. */

import type { TaskClusterStatus } from '@taskloom/operator/crd';
import type { Transport } from '@taskloom/operator/runtime';
import { startWorker } from '@taskloom/worker';
import { Authority } from '../../../../test/kubernetes/authority.ts';
import { newNamespace } from '../../../../test/kubernetes/namespace.ts';
import { installDefinition, transportOf } from '../../../../test/kubernetes/resource.ts';
import type { Api } from '../../../../test/kubernetes/start-api.ts';
import { TASK_CLUSTERS } from '../../kubernetes/resource.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { PlayedOperator } from './played-operator.ts';
import { type TlsScheduler, tlsScheduler } from './tls-scheduler.ts';

export const READY = { Accepted: true, Ready: true, SchedulerReady: true, WorkersReady: true } as const;

/** All of `workers` there. */
export const complete = (workers: number): TaskClusterStatus => ({
  workersReady: `${workers}/${workers}`,
  groups: [
    { name: 'default', desired: workers, replicas: workers, ready: workers, updated: workers, draining: 0 },
  ],
});

export class Stage {
  readonly namespace: string;
  readonly transport: Transport;
  readonly operator: PlayedOperator;
  readonly authority: Authority;
  readonly kubelet: FakeKubelet;
  readonly scheduler: TlsScheduler;
  /** What was said while waiting, line by line. */
  readonly said: string[] = [];
  readonly #kubeconfig: string;
  readonly #kubeletPort: number;

  private constructor(
    api: Api,
    made: Pick<Stage, 'namespace' | 'transport' | 'authority' | 'kubelet' | 'scheduler'>,
    kubeletPort: number,
  ) {
    this.namespace = made.namespace;
    this.transport = made.transport;
    this.authority = made.authority;
    this.kubelet = made.kubelet;
    this.scheduler = made.scheduler;
    this.operator = new PlayedOperator(made.transport, made.namespace);
    this.#kubeconfig = api.kubeconfig;
    this.#kubeletPort = kubeletPort;
  }

  static async set(api: Api): Promise<Stage> {
    const transport = transportOf(api);
    await installDefinition(transport);
    const authority = await Authority.create();
    const kubelet = new FakeKubelet(await authority.issue({ name: 'kubelet', addresses: ['127.0.0.1'] }));
    const port = await kubelet.start();
    const scheduler = await tlsScheduler(authority);
    kubelet.leadTo(scheduler.port);
    const namespace = await newNamespace(api, 'client');
    return new Stage(api, { namespace, transport, authority, kubelet, scheduler }, port);
  }

  /** What a client is told of where this is. */
  get where() {
    const stream = { write: (text: string) => this.said.push(text.trim()) };
    return { kubeconfig: this.#kubeconfig, namespace: this.namespace, stream };
  }

  async worker(name: string) {
    const { address, tokens } = this.scheduler.scheduler;
    return startWorker({ address, token: tokens.worker, threads: 1, name });
  }

  /** What the operator does for a cluster that somebody made: all of it comes up. */
  async raise(name: string, workers = 1): Promise<void> {
    await this.operator.seen(name);
    await this.letIn(name);
    await this.operator.says(name, READY, complete(workers));
  }

  /** The scheduler's pod and what opens it. */
  async letIn(name: string, token = this.scheduler.token): Promise<void> {
    await this.operator.opens(name, { 'ca.crt': this.authority.certificate, token });
    await this.operator.schedules(name, this.#kubeletPort);
  }

  async isThere(name: string): Promise<boolean> {
    const { namespace } = this;
    return (await this.operator.kube.get(TASK_CLUSTERS, { namespace, name })) !== undefined;
  }

  async clear(): Promise<void> {
    await this.kubelet.stop();
    await this.scheduler.stop();
    this.transport.close();
  }
}
