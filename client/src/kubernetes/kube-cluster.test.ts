/** Against a real API server; a test plays the operator and the kubelet, the scheduler is a real one. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWithApi } from '../../../test/kubernetes/cluster.ts';
import { complete, READY, Stage } from '../testing/kubernetes/stage.ts';
import { tlsScheduler } from '../testing/kubernetes/tls-scheduler.ts';
import { KubeCluster } from './index.ts';
import { TASK_CLUSTERS } from './resource.ts';

describeWithApi('a cluster on Kubernetes', (api) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set(api);
    const worker = await stage.worker('ada');
    return async () => {
      await worker.close();
      await stage.clear();
    };
  });
  afterEach(() => stage.said.splice(0));

  async function created(name: string) {
    const creating = KubeCluster.create({ ...stage.where, name });
    await stage.raise(name);
    return creating;
  }

  test('is made, runs tasks through a port-forward, and is gone when it is closed', async () => {
    const cluster = await created('malaria');
    expect(cluster.address).toBe(`wss://malaria-scheduler.${stage.namespace}.svc:8786`);
    const client = cluster.client();
    expect(await client.submit((a: number, b: number) => a * b, 6, 7)).toBe(42);
    expect(stage.kubelet.opened).toBe(1);
    await cluster.close();
    await cluster.close();
    expect(await stage.isThere('malaria')).toBe(false);
    expect(() => cluster.client()).toThrow('this cluster was closed');
  });

  test('gives and takes large values through the port-forward alone', async () => {
    await using cluster = await created('heavy');
    const client = cluster.client();
    const before = stage.kubelet.opened;
    const zeros = await client.submit((length: number) => new Uint8Array(length), 1_000_000);
    expect([zeros.length, stage.kubelet.opened]).toEqual([1_000_000, before + 1]);
    const sum = (numbers: Float64Array) => numbers.reduce((a, b) => a + b);
    const data = client.scatter(new Float64Array(100_000).fill(2));
    expect(await client.submit(sum, data)).toBe(200_000);
    // One for what comes and one for what goes.
    expect(stage.kubelet.opened).toBe(before + 2);
  });

  test('is there as soon as its scheduler counts the workers, whatever the status says yet', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'eager' });
    await stage.operator.seen('eager');
    await stage.letIn('eager');
    await stage.operator.says('eager', { Accepted: true, SchedulerReady: true }, { workersReady: '0/1' });
    await using cluster = await creating;
    expect(await cluster.client().submit(() => 'here')).toBe('here');
  });

  test('is given up when its scheduler cannot be used, whatever workers are still to come', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'closed-off' });
    await stage.operator.seen('closed-off');
    // There is no Secret with its token that we could read.
    await stage.operator.says(
      'closed-off',
      { Accepted: true, SchedulerReady: true },
      { workersReady: '0/1' },
    );
    await expect(creating).rejects.toThrow(/closed-off-client/);
    expect(await stage.isThere('closed-off')).toBe(false);
  });

  test('is joined, and stays when that is closed', async () => {
    await using _made = await created('shared');
    const joined = await KubeCluster.connect('shared', stage.where);
    expect(await joined.client().submit(() => 'here')).toBe('here');
    await joined.close();
    expect(await stage.isThere('shared')).toBe(true);
  });

  test('that has the name already is in the way, or is used and left', async () => {
    await using _made = await created('taken');
    await expect(KubeCluster.create({ ...stage.where, name: 'taken' })).rejects.toMatchObject({
      code: 'name-in-use',
      message: expect.stringContaining("KubeCluster.connect('taken')"),
    });
    const used = await KubeCluster.create({ ...stage.where, name: 'taken', onExists: 'connect' });
    await used.close();
    expect(await stage.isThere('taken')).toBe(true);
  });

  test('that is being deleted is waited for, and then made anew', async () => {
    const { kube } = stage.operator;
    const metadata = { namespace: stage.namespace, name: 'leaving' };
    // As long as somebody wants to see it out.
    const held = { ...metadata, finalizers: ['tests.taskloom.dev/hold'] };
    const earlier = await kube.create(TASK_CLUSTERS, { metadata: held, spec: {} as never });
    await kube.delete(TASK_CLUSTERS, metadata);
    const creating = KubeCluster.create({ ...stage.where, name: 'leaving' });
    await expect
      .poll(() => stage.said)
      .toContain('leaving: an earlier cluster of this name is being deleted');
    await kube.merge(TASK_CLUSTERS, metadata, { metadata: { finalizers: null } });
    const uid = async () => (await kube.get(TASK_CLUSTERS, metadata))?.metadata.uid ?? earlier.metadata.uid;
    await expect.poll(uid).not.toBe(earlier.metadata.uid);
    await stage.raise('leaving');
    await (await creating).close();
    expect(await stage.isThere('leaving')).toBe(false);
  });

  test('that is being deleted is not waited for longer than was said', async () => {
    const { kube } = stage.operator;
    const metadata = { namespace: stage.namespace, name: 'held' };
    const held = { ...metadata, finalizers: ['tests.taskloom.dev/hold'] };
    await kube.create(TASK_CLUSTERS, { metadata: held, spec: {} as never });
    await kube.delete(TASK_CLUSTERS, metadata);
    await expect(KubeCluster.create({ ...stage.where, name: 'held', timeoutMs: 1 })).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('an earlier cluster of this name is being deleted'),
    });
  });

  test('that was replaced by another of its name is not ours to delete', async () => {
    const cluster = await created('replaced');
    const { kube } = stage.operator;
    const metadata = { namespace: stage.namespace, name: 'replaced' };
    await kube.delete(TASK_CLUSTERS, metadata);
    await kube.create(TASK_CLUSTERS, { metadata, spec: {} as never });
    await cluster.close();
    expect(await stage.isThere('replaced')).toBe(true);
  });

  test('is deleted when it was made and cannot be used', async () => {
    const creating = KubeCluster.create({ ...stage.where, name: 'refused' });
    await stage.operator.seen('refused');
    const Accepted = { status: false, reason: 'Invalid', message: 'the pod template has no such volume' };
    await stage.operator.says('refused', { Accepted });
    await expect(creating).rejects.toMatchObject({
      code: 'invalid-spec',
      message: 'cluster refused is not accepted: the pod template has no such volume',
    });
    expect(await stage.isThere('refused')).toBe(false);
  });

  test('is in the list, with why it is not ready', async () => {
    await using _made = await created('listed');
    const { where } = stage;
    const list = () => KubeCluster.list({ kubeconfig: where.kubeconfig, namespace: where.namespace });
    const find = async () => (await list()).find(({ name }) => name === 'listed');
    expect(await find()).toMatchObject({
      namespace: stage.namespace,
      ready: true,
      workers: '1/1',
      reason: '',
    });
    const Ready = { status: false, reason: 'Waiting', message: '1 pod is pending' };
    await stage.operator.says('listed', { ...READY, Ready }, { workersReady: '0/1' });
    expect(await find()).toMatchObject({ ready: false, workers: '0/1', reason: '1 pod is pending' });
    const everywhere = await KubeCluster.list({ kubeconfig: where.kubeconfig, allNamespaces: true });
    expect(everywhere.map(({ name }) => name)).toContain('listed');
  });

  test('is scaled, and waited for until it has so many', async () => {
    await using cluster = await created('scaled');
    const scaling = cluster.scale(3);
    await expect.poll(async () => (await stage.operator.seen('scaled')).spec.workers.replicas).toBe(3);
    await stage.operator.says('scaled', { ...READY, Ready: false }, { workersReady: '1/3' });
    await expect.poll(() => stage.said).toContain('scaled: 1/3 workers');
    await stage.operator.says('scaled', READY, complete(3));
    await scaling;
    await expect(cluster.scale(-1)).rejects.toMatchObject({ code: 'bad-option' });
  });

  test('is scaled group by group', async () => {
    const workerGroups = [
      { name: 'gpu', workers: 1, threads: 2 },
      { name: 'high-memory', workers: 1 },
    ];
    const creating = KubeCluster.create({ ...stage.where, name: 'groups', workerGroups });
    await stage.raise('groups');
    await using cluster = await creating;
    const scaling = cluster.scale(4, 'gpu');
    await expect
      .poll(async () => (await stage.operator.seen('groups')).spec.workerGroups)
      .toEqual([
        { name: 'gpu', replicas: 4, threads: 2 },
        { name: 'high-memory', replicas: 1 },
      ]);
    await stage.operator.says('groups', READY, complete(1));
    await scaling;
    await expect(cluster.scale(1, 'tpu')).rejects.toThrow('no group "tpu"; it has default, gpu, high-memory');
  });

  test('shows what its pods wrote', async () => {
    await using cluster = await created('talkative');
    const logs = await cluster.logs();
    expect(logs).toEqual(new Map([['talkative-scheduler-0', 'talkative-scheduler-0 was here\n']]));
    expect(await cluster.logs({ group: 'gpu' })).toEqual(new Map());
  });

  test('goes on when the port-forward is cut while tasks run, as if nothing had been', async () => {
    await using cluster = await created('cut');
    const client = cluster.client();
    const gates = mkdtempSync(join(tmpdir(), 'taskloom-gates-'));
    onTestFinished(() => rmSync(gates, { recursive: true }));
    // Of 200 tasks no more than 50 end before each cut.
    const step = async (x: number) => {
      const gate = Math.floor(x / 50);
      while (gate > 0 && !existsSync(`${gates}/${gate}`)) await new Promise(setImmediate);
      return x + 1;
    };
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    const futures = client.map(step, numbers);
    const gathered = client.gather(futures);
    for (let cuts = 1; cuts <= 3; cuts++) {
      await futures[cuts * 50 - 1];
      stage.kubelet.cut();
      writeFileSync(`${gates}/${cuts}`, '');
      await expect.poll(() => stage.said.filter((line) => line.endsWith('again')).length).toBe(cuts);
    }
    expect(await gathered).toEqual(numbers.map((x) => x + 1));
    expect(stage.said).toContain('cut: was cut off; connecting again, tasks go on meanwhile');
    expect(stage.said).toContain('cut: is connected again');
  });

  test('tells that futures are lost when the scheduler is another one, and is used anew', async () => {
    await using cluster = await created('restarted');
    const never = cluster.client().submit(() => new Promise(() => {}));
    await expect.poll(() => never.status).toBe('pending');
    const { scheduler } = stage;
    const other = await tlsScheduler(stage.authority, scheduler.token);
    stage.kubelet.leadTo(other.port);
    stage.kubelet.cut();
    await expect(never).rejects.toMatchObject({
      code: 'connection-lost',
      message: expect.stringMatching(/it was started again.*connect again and submit again/),
    });
    await expect(cluster.client().counters()).resolves.toBeTypeOf('object');
    stage.kubelet.leadTo(scheduler.port);
    await other.stop();
  });
});
