/** Names that somebody else has, or that an earlier cluster still has, on a real API server. */
import { beforeEach, expect, test } from 'vitest';
import { describeWithApi } from '../../test/kubernetes/cluster.ts';
import type { Pod } from './observed/pod.ts';
import { CHILDREN, PODS, SECRETS, TASK_CLUSTERS } from './reconciler/kinds.ts';
import type { KubeObject, Resource } from './runtime/index.ts';
import { OperatorStage, SOON } from './testing/operator-stage.ts';

const kind = (name: string): Resource => {
  const found = CHILDREN.find((one) => one.kind === name);
  if (!found) throw new Error(`no ${name} belongs to a cluster`);
  return found;
};

describeWithApi('a name that a cluster needs', (api) => {
  beforeEach((context) => context.skip(api.controllers, 'others play the node here'));

  test('and somebody has is named, left alone, and taken when it is free', async () => {
    await using stage = await OperatorStage.withOperator(api);
    const metadata = { namespace: stage.namespace, name: 'malaria-scheduler' };
    const theirs = { metadata, spec: { ports: [{ port: 80 }] } } as KubeObject;
    const { metadata: there } = await stage.kube.create(kind('Service'), theirs);
    await stage.create('malaria');
    expect(await stage.says('malaria', 'Accepted', 'False NameTaken')).toContain(
      'There is a Service malaria-scheduler',
    );
    await stage.pass(60_000);
    expect((await stage.get(kind('Service'), 'malaria-scheduler'))?.metadata.resourceVersion).toBe(
      there.resourceVersion,
    );
    await stage.kube.delete(kind('Service'), metadata);
    stage.clock.skip(10_000);
    await stage.ready('malaria');
  });

  test('and somebody has for a Secret is named, left alone, and taken when it is free', async () => {
    await using stage = await OperatorStage.withOperator(api);
    const metadata = { namespace: stage.namespace, name: 'malaria-client' };
    await stage.kube.create(SECRETS, { metadata, data: { token: 'd3Jvbmc=' } });
    await stage.create('malaria');
    expect(await stage.says('malaria', 'Degraded', 'True SecretsFailed')).toContain(
      'the Secret malaria-client is there already',
    );
    await stage.pass(60_000);
    expect((await stage.get(SECRETS, 'malaria-client'))?.data).toEqual({ token: 'd3Jvbmc=' });
    await stage.kube.delete(SECRETS, metadata);
    stage.clock.skip(10_000);
    await stage.ready('malaria');
    await stage.says('malaria', 'Degraded', 'False Healthy');
  });

  test('and an earlier cluster of its name still has is waited for, and nothing begins before', async () => {
    await using stage = await OperatorStage.withOperator(api);
    const first = await stage.create('malaria');
    await stage.ready('malaria');
    stage.node.ends = () => false;
    await stage.kube.delete(TASK_CLUSTERS, first.metadata);
    const second = await stage.create('malaria');
    const isOfSecond = (one: KubeObject) =>
      one.metadata.ownerReferences?.some(({ uid }) => uid === second.metadata.uid) ?? false;
    const said = await stage.says('malaria', 'Accepted', 'Unknown Leaving');
    expect(said).toContain('Of an earlier cluster of this name are still there');
    await stage.pass(1_000);
    expect((await stage.belongings()).filter(([, one]) => isOfSecond(one))).toEqual([]);

    await stage.node.collect();
    const waitsForPod = async () => (await stage.condition('malaria', 'Accepted'))?.message;
    await expect.poll(waitsForPod, SOON).toContain('going: Pod malaria-scheduler-0.');
    expect(await stage.list(PODS)).toHaveLength(3);
    await stage.node.end();
    await stage.ready('malaria');
    const belongings = await stage.belongings();
    const ofPods = belongings.filter(([of]) => of === PODS).map(([, one]) => one as Pod);
    expect(ofPods.filter(isOfSecond)).toHaveLength(2);
    expect(belongings.filter(([of, one]) => of !== PODS && !isOfSecond(one))).toEqual([]);
    expect(stage.troubles).toEqual([]);
  });

  test('and an earlier cluster left without an owner is its own from now on', async () => {
    await using stage = await OperatorStage.withOperator(api);
    await stage.create('malaria');
    await stage.ready('malaria');
    const before = await stage.list(SECRETS);
    // As `kubectl delete --cascade=orphan` does it.
    for (const [of, object] of await stage.belongings()) {
      if (of !== PODS) await stage.kube.merge(of, object.metadata, { metadata: { ownerReferences: null } });
    }
    await stage.kube.delete(TASK_CLUSTERS, { namespace: stage.namespace, name: 'malaria' });
    await stage.node.collect();
    const { metadata } = await stage.create('malaria');
    await stage.ready('malaria');
    for (const [of, object] of await stage.belongings()) {
      if (of === PODS) continue;
      const owners = async () =>
        (await stage.get(of, object.metadata.name))?.metadata.ownerReferences?.map(({ uid }) => uid);
      await expect.poll(owners, SOON).toEqual([metadata.uid]);
    }
    const dataOf = (secrets: typeof before) => secrets.map(({ data }) => data);
    expect(dataOf(await stage.list(SECRETS))).toEqual(dataOf(before));
  });
});
