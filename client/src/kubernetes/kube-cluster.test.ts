/** Against a real API server; a test plays the operator and the kubelet, the scheduler is a real one. */
import { type RunningWorker, startWorker } from '@taskloom/worker';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Authority } from '../../../test/kubernetes/authority.ts';
import { describeWithApi } from '../../../test/kubernetes/cluster.ts';
import { newNamespace } from '../../../test/kubernetes/namespace.ts';
import { installDefinition, transportOf } from '../../../test/kubernetes/resource.ts';
import { FakeKubelet } from '../testing/kubernetes/fake-kubelet.ts';
import { PlayedOperator } from '../testing/kubernetes/played-operator.ts';
import { type TlsScheduler, tlsScheduler } from '../testing/kubernetes/tls-scheduler.ts';
import { KubeCluster } from './index.ts';
import { TASK_CLUSTERS } from './resource.ts';

describeWithApi('a cluster on Kubernetes', (api) => {
  let namespace: string;
  let operator: PlayedOperator;
  let authority: Authority;
  let kubelet: FakeKubelet;
  let kubeletPort: number;
  let scheduler: TlsScheduler;
  let worker: RunningWorker;
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text.trim()) };
  const where = () => ({ kubeconfig: api.kubeconfig, namespace, stream });

  beforeAll(async () => {
    const transport = transportOf(api);
    await installDefinition(transport);
    namespace = await newNamespace(api, 'client');
    operator = new PlayedOperator(transport, namespace);
    authority = await Authority.create();
    kubelet = new FakeKubelet(await authority.issue({ name: 'kubelet', addresses: ['127.0.0.1'] }));
    kubeletPort = await kubelet.start();
    scheduler = await tlsScheduler(authority);
    const { address, tokens } = scheduler.scheduler;
    worker = await startWorker({ address, token: tokens.worker, threads: 1, name: 'ada' });
    kubelet.leadTo(scheduler.port);
    return async () => {
      await worker.close();
      await kubelet.stop();
      await scheduler.stop();
      transport.close();
    };
  });
  afterEach(() => said.splice(0));

  const READY = { Accepted: true, Ready: true, SchedulerReady: true, WorkersReady: true } as const;

  /** What the operator does for a cluster with one worker. */
  async function raised(name: string): Promise<void> {
    await operator.seen(name);
    await operator.opens(name, { 'ca.crt': authority.certificate, token: scheduler.token });
    await operator.schedules(name, kubeletPort);
    const group = { name: 'default', desired: 1, replicas: 1, ready: 1, updated: 1, draining: 0 };
    await operator.says(name, READY, { workersReady: '1/1', groups: [group] });
  }

  const isThere = async (name: string) =>
    (await operator.kube.get(TASK_CLUSTERS, { namespace, name })) !== undefined;

  test('is made, runs tasks through a port-forward, and is gone when it is closed', async () => {
    const creating = KubeCluster.create({ ...where(), name: 'malaria' });
    await raised('malaria');
    const cluster = await creating;
    expect(cluster.address).toBe(`wss://malaria-scheduler.${namespace}.svc:8786`);
    const client = cluster.client();
    expect(await client.submit((a: number, b: number) => a * b, 6, 7)).toBe(42);
    expect(kubelet.opened).toBe(1);
    const { spec } = await operator.seen('malaria');
    expect(spec.idle).toEqual({ seconds: 1200, action: 'Delete' });
    await cluster.close();
    expect(await isThere('malaria')).toBe(false);
  });
});
