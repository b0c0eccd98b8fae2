/** What people get to read when it cannot work, from the real API server's mouth. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { describeWithApi } from '../../../test/kubernetes/cluster.ts';
import { Stage } from '../testing/kubernetes/stage.ts';
import { KubeCluster } from './index.ts';
import { TASK_CLUSTERS } from './resource.ts';
import { asking, targetOf } from './target.ts';

const folder = await mkdtemp(join(tmpdir(), 'taskloom-refusals-'));
afterAll(() => rm(folder, { recursive: true }));

describeWithApi('a clear word when', (api) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set(api);
    return () => stage.clear();
  });

  /** The kubeconfig of the API with something else in its only user or cluster. */
  function kubeconfig(name: string, change: { user?: object; cluster?: object }): string {
    const config = parse(readFileSync(api.kubeconfig, 'utf8'));
    Object.assign(config.users[0].user, change.user);
    Object.assign(config.clusters[0].cluster, change.cluster);
    const path = join(folder, name);
    writeFileSync(path, stringify(config));
    return path;
  }

  test('there is no cluster of that name, with those there are', async () => {
    await expect(KubeCluster.connect('malria', stage.where)).rejects.toMatchObject({
      code: 'not-found',
      message: `there is no cluster malria in namespace ${stage.namespace}; there are none`,
    });
    const quick = { ...stage.where, timeoutMs: 1, quiet: true };
    await stage.operator.kube.create(TASK_CLUSTERS, {
      metadata: { namespace: stage.namespace, name: 'malaria' },
      spec: {} as never,
    });
    await expect(KubeCluster.connect('malria', quick)).rejects.toThrow('; there are: malaria');
  });

  test('the resource is not what the schema asks for', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'wrong', workers: -1 });
    await expect(creating).rejects.toMatchObject({
      code: 'invalid-spec',
      message: expect.stringMatching(/^TaskCluster.* "wrong" is invalid: .*spec.workers.replicas/),
    });
  });

  test('a field is misspelt', async () => {
    const spec = { workers: { replcas: 2 } };
    await expect(KubeCluster.create({ ...stage.where, name: 'wrong', spec })).rejects.toMatchObject({
      code: 'invalid-spec',
      message: expect.stringContaining('unknown field "spec.workers.replcas"'),
    });
  });

  test('an option is misspelt', async () => {
    const options = { ...stage.where, name: 'wrong', worker: 2 };
    await expect(KubeCluster.create(options)).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining(
        'there is no option "worker": did you mean "workers"? There are name, workers',
      ),
    });
  });

  test('the namespace is not there', async () => {
    const creating = KubeCluster.create({ ...stage.where, namespace: 'nowhere', name: 'lost' });
    await expect(creating).rejects.toMatchObject({
      code: 'not-found',
      message: 'there is no namespace "nowhere": kubectl create namespace nowhere',
    });
  });

  test('somebody may not do that', async () => {
    const jane = kubeconfig('jane', { user: { as: 'jane' } });
    const creating = KubeCluster.create({ ...stage.where, kubeconfig: jane, name: 'hers' });
    await expect(creating).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(
        /User "jane" cannot create resource "taskclusters" .*examples\/kubernetes\/notebook-user.yaml/,
      ),
    });
    await expect(KubeCluster.list({ kubeconfig: jane, namespace: stage.namespace })).rejects.toThrow(
      'cannot list resource "taskclusters"',
    );
  });

  test('the API server does not know who somebody is', async () => {
    const nobody = kubeconfig('nobody', {
      user: { 'client-certificate-data': undefined, 'client-key-data': undefined, token: 'guess' },
    });
    await expect(KubeCluster.list({ kubeconfig: nobody })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('kubectl auth whoami'),
    });
  });

  test('the API server does not answer', async () => {
    const gone = kubeconfig('gone', { cluster: { server: 'https://127.0.0.1:1' } });
    await expect(KubeCluster.list({ kubeconfig: gone })).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
      message: expect.stringContaining('the Kubernetes API at https://127.0.0.1:1 does not answer'),
    });
  });

  test('the resource is unknown there', async () => {
    const target = await targetOf(stage.where);
    const path = '/apis/unknown.dev/v1/namespaces/default/taskclusters';
    await expect(asking(target, () => target.transport.json({ method: 'GET', path }))).rejects.toMatchObject({
      code: 'not-installed',
      message: expect.stringContaining('helm install taskloom'),
    });
    target.transport.close();
  });

  test('it is suspended', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'asleep', spec: { suspend: true } });
    await expect(creating).rejects.toMatchObject({
      code: 'suspended',
      message: expect.stringContaining(`kubectl patch taskclusters asleep --type merge -p '{"spec"`),
    });
  });

  test('it is deleted while it is waited for', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'brief' });
    const { metadata } = await stage.operator.seen('brief');
    await stage.operator.says('brief', { Accepted: true });
    await expect.poll(() => stage.said).toContain('brief: 0 workers');
    await stage.operator.kube.delete(TASK_CLUSTERS, metadata);
    await expect(creating).rejects.toMatchObject({ code: 'not-found', message: /was deleted meanwhile/ });
  });

  test('its token is not ours', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'strange' });
    await stage.operator.seen('strange');
    await stage.letIn('strange', 'another token');
    await stage.operator.says('strange', { Accepted: true, Ready: true, SchedulerReady: true });
    await expect(creating).rejects.toMatchObject({ code: 'wrong-token' });
  });
});

describe('without a kubeconfig', () => {
  test('it is said where one is looked for', async () => {
    await expect(targetOf({}, { HOME: folder })).rejects.toMatchObject({
      code: 'no-kubeconfig',
      message: expect.stringContaining('set KUBECONFIG'),
    });
    await expect(targetOf({ kubeconfig: join(folder, 'none') })).rejects.toMatchObject({
      code: 'no-kubeconfig',
      message: expect.stringContaining('cannot be read: ENOENT'),
    });
  });
});
