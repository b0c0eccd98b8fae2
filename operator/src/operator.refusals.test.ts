/** What the API server does not take, and takes when somebody has put it right, on a real one. */
import { beforeEach, expect, test } from 'vitest';
import { describeWithApi } from '../../test/kubernetes/cluster.ts';
import { PODS, TASK_CLUSTERS } from './reconciler/kinds.ts';
import { resource } from './runtime/index.ts';
import { OperatorStage } from './testing/operator-stage.ts';

const NAMESPACES = resource('v1', 'Namespace', 'namespaces', false);
const CLASSES = resource('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', false);

describeWithApi('pods that the API server does not take', (api) => {
  beforeEach((context) => context.skip(api.controllers, 'others play the node here'));

  test('are named, and made when the policy of the namespace lets them', async () => {
    await using stage = await OperatorStage.withOperator(api, {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    const template = { spec: { hostNetwork: true } };
    await stage.create('malaria', { workers: { replicas: 2, template } });
    expect(await stage.says('malaria', 'Accepted', 'False PodRefused')).toContain('hostNetwork');
    const workers = (await stage.list(PODS)).filter(({ metadata }) => metadata.name.includes('-default-'));
    expect(workers).toEqual([]);
    const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    await stage.kube.merge(NAMESPACES, { name: stage.namespace }, { metadata: { labels } });
    stage.clock.skip(60_000);
    await stage.ready('malaria');
  });

  test('are made when what they name has come', async () => {
    await using stage = await OperatorStage.withOperator(api);
    const priorityClassName = stage.namespace;
    await stage.create('malaria', { workers: { replicas: 2, template: { spec: { priorityClassName } } } });
    expect(await stage.says('malaria', 'Accepted', 'False PodRefused')).toContain(priorityClassName);
    await stage.kube.create(CLASSES, { metadata: { name: priorityClassName }, value: 7 } as never);
    stage.clock.skip(60_000);
    await stage.ready('malaria');
  });

  test('do not undo those that run, whose spec is still good', async () => {
    await using stage = await OperatorStage.withOperator(api);
    await stage.create('malaria');
    await stage.ready('malaria');
    const before = (await stage.list(PODS)).map(({ metadata }) => metadata.uid);
    const template = { spec: { nodeSelectr: { disk: 'ssd' } } };
    const place = { namespace: stage.namespace, name: 'malaria' };
    await stage.kube.merge(TASK_CLUSTERS, place, { spec: { workers: { template } } });
    expect(await stage.says('malaria', 'Accepted', 'False PodRefused')).toContain('nodeSelectr');
    expect((await stage.list(PODS)).map(({ metadata }) => metadata.uid)).toEqual(before);
    await stage.kube.merge(TASK_CLUSTERS, place, { spec: { workers: { template: null } } });
    await stage.ready('malaria');
    expect((await stage.list(PODS)).map(({ metadata }) => metadata.uid)).toEqual(before);
  });
});
