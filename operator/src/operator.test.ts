/** The operator against a real API server: what becomes of clusters when nobody is in the way. */
import { beforeEach, expect, test } from 'vitest';
import { describeWithApi } from '../../test/kubernetes/cluster.ts';
import { TASK_CLUSTERS } from './reconciler/kinds.ts';
import { resource } from './runtime/index.ts';
import { OperatorStage, SOON } from './testing/operator-stage.ts';

const SERVICES = resource('v1', 'Service', 'services');

describeWithApi('the operator', (api) => {
  beforeEach((context) => context.skip(api.controllers, 'others play the node here'));

  test('makes eight lines a cluster that is ready', async () => {
    await using stage = await OperatorStage.withOperator(api);
    await stage.create('malaria');
    await stage.ready('malaria');
    const belongings = await stage.belongings();
    const counts = Object.groupBy(belongings, ([{ kind }]) => kind);
    expect(Object.fromEntries(Object.entries(counts).map(([kind, all]) => [kind, all?.length]))).toEqual({
      ...{ ServiceAccount: 1, Service: 1, StatefulSet: 1, ControllerRevision: 2, NetworkPolicy: 1 },
      ...{ PodDisruptionBudget: 2, Secret: 4, Pod: 3 },
    });
    // What the clients do is written every few seconds.
    stage.clock.skip(10_000);
    const status = async () => (await stage.get(TASK_CLUSTERS, 'malaria'))?.status;
    await expect.poll(status, SOON).toMatchObject({
      ...{ observedGeneration: 1, replicas: 2, readyReplicas: 2, workersReady: '2/2', clients: 1 },
      endpoints: { cluster: `wss://malaria-scheduler.${stage.namespace}.svc:8786` },
    });
    expect(stage.troubles).toEqual([]);
  });

  test('says where a cluster can be reached from outside, once it can be', async () => {
    await using stage = await OperatorStage.withOperator(api);
    const open = (type: string) => ({ workers: { replicas: 1 }, scheduler: { service: { type } } });
    await stage.create('by-node', open('NodePort'));
    await stage.create('by-balancer', open('LoadBalancer'));
    const outside = async (name: string) =>
      (await stage.get(TASK_CLUSTERS, name))?.status?.endpoints?.outside ?? 'nowhere';
    await expect.poll(() => outside('by-node'), SOON).toMatch(/^wss:\/\/NODE:3\d{4}$/);
    await stage.ready('by-balancer');
    expect(await outside('by-balancer')).toBe('nowhere');
    const at = { namespace: stage.namespace, name: 'by-balancer-scheduler' };
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
    await stage.kube.merge(SERVICES, at, { status }, { subresource: 'status' });
    await expect.poll(() => outside('by-balancer'), SOON).toBe('wss://192.0.2.7:8786');
  });

  test('writes nothing while nothing happens, however often it looks', async () => {
    await using stage = await OperatorStage.withOperator(api);
    await stage.create('malaria');
    await stage.ready('malaria');
    // What is counted is written later.
    await stage.pass(60_000);
    await stage.pass(60_000);
    stage.writes.length = 0;
    const { lists } = stage;
    for (let minutes = 0; minutes < 20; minutes++) await stage.pass(60_000);
    expect(stage.lists).toBeGreaterThan(lists);
    expect(stage.writes).toEqual([]);
  });
});
