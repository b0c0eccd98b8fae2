/** What a forgotten cluster costs: nothing, after its seconds. */
import { expect, test } from 'vitest';
import { runScript } from '../../client/src/testing/script.ts';
import { startJob } from './job.ts';
import { cluster, describeOnNode } from './on-node.ts';
import { manifest, ready, type TaskCluster } from './resource.ts';

/** Uses the cluster until somebody ends it. */
const user = (name: string) => `
import { KubeCluster } from '@taskloom/client/kubernetes';
const cluster = await KubeCluster.connect(${JSON.stringify(name)});
console.log('used', await cluster.client().submit(() => 1));
setInterval(() => {}, 1000);
`;

/** Gives it one task that takes so long, and says when it runs. */
const giver = (name: string, seconds: number) => `
import { KubeCluster } from '@taskloom/client/kubernetes';
const cluster = await KubeCluster.connect(${JSON.stringify(name)});
const task = (seconds) => {
  console.log('given');
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
};
await cluster.client().submit(task, ${seconds});
`;

/** Makes a cluster and never closes it. */
const forgetful = (options: object) => `
import { KubeCluster } from '@taskloom/client/kubernetes';
const cluster = await KubeCluster.create(${JSON.stringify(options)});
const client = cluster.client();
console.log('small', await client.submit(() => 1));
console.log('large', (await client.submit(() => new Float64Array(1_000_000))).length);
`;

describeOnNode('a cluster that nobody uses', (place) => {
  const there = async (name: string) => (await place.get<TaskCluster>('tkc', name)) !== undefined;

  test('is gone after its seconds, when its only client was killed, and not before', async () => {
    await place.apply(manifest('forgotten', { workers: { replicas: 1 }, idle: { seconds: 15 } }));
    await ready(place, 'forgotten');
    await startJob(place, { name: 'user', code: user('forgotten') });
    const used = () => place.kubectl('logs', 'job/user').catch(() => '');
    await expect.poll(used, { timeout: 60_000 }).toContain('used 1');
    const clients = async () => (await place.get<TaskCluster>('tkc', 'forgotten'))?.status?.clients;
    await expect.poll(clients, { timeout: 20_000 }).toBe(1);
    await place.kubectl('delete', 'job', 'user', '--cascade=foreground');
    const killed = performance.now();
    await expect.poll(() => there('forgotten'), { timeout: 60_000, interval: 250 }).toBe(false);
    expect(performance.now() - killed).toBeGreaterThan(10_000);
  });

  test('is gone after its seconds, when the script outside that made it forgot to close it and ended', async () => {
    const { kubeconfig } = cluster;
    const idle = { seconds: 15 };
    const options = { name: 'left', workers: 1, idle, kubeconfig, namespace: place.namespace, quiet: true };
    expect(await runScript(forgetful(options))).toEqual({
      code: 0,
      out: 'small 1\nlarge 1000000\n',
      err: '',
    });
    await expect.poll(() => there('left'), { timeout: 60_000, interval: 250 }).toBe(false);
  });

  test('but has work to do stays until it is done, also without a client', async () => {
    const seconds = 10;
    await place.apply(manifest('busy', { workers: { replicas: 1 }, idle: { seconds } }));
    await ready(place, 'busy');
    await startJob(place, { name: 'giver', code: giver('busy', 3 * seconds) });
    const given = () => place.kubectl('logs', 'job/giver').catch(() => '');
    await expect.poll(given, { timeout: 60_000, interval: 250 }).toContain('given');
    const began = performance.now();
    await place.kubectl('delete', 'job', 'giver', '--cascade=foreground');
    await expect.poll(() => there('busy'), { timeout: 120_000, interval: 250 }).toBe(false);
    // The task, and then its idle seconds; some went by until we read that it was given.
    expect(performance.now() - began).toBeGreaterThan(3.5 * seconds * 1_000);
  });

  test('is gone after its seconds, too, when nobody could use it, as its scheduler finds no node', async () => {
    const scheduler = { resources: { requests: { cpu: '900' } } };
    await place.apply(manifest('stuck', { workers: { replicas: 1 }, scheduler, idle: { seconds: 15 } }));
    const reason = async () => {
      const status = (await place.get<TaskCluster>('tkc', 'stuck'))?.status;
      return status?.conditions?.find(({ type }) => type === 'SchedulerReady')?.reason;
    };
    await expect.poll(reason, { timeout: 10_000, interval: 100 }).toBe('Unschedulable');
    await expect.poll(() => there('stuck'), { timeout: 30_000, interval: 250 }).toBe(false);
    const events = await place.kubectl('get', 'events', '--field-selector=reason=IdleDeleted');
    expect(events).toContain('its scheduler was not up in 15 s');
    const pods = () => place.kubectl('get', 'pods', '-l', 'taskloom.dev/cluster=stuck', '-o', 'name');
    await expect.poll(pods, { timeout: 60_000 }).toBe('');
  });

  test('is suspended instead, if that was asked, and starts again when it is wanted', async () => {
    const idle = { seconds: 10, action: 'Suspend' };
    await place.apply(manifest('resting', { workers: { replicas: 1 }, idle }));
    await ready(place, 'resting');
    await place.kubectl('wait', '--for=condition=Suspended', 'tkc/resting', '--timeout=60s');
    const pods = () => place.kubectl('get', 'pods', '-l', 'taskloom.dev/cluster=resting', '-o', 'name');
    await expect.poll(pods, { timeout: 60_000 }).toBe('');
    await place.kubectl('patch', 'tkc/resting', '--type=merge', '-p', '{"spec":{"suspend":false}}');
    await ready(place, 'resting');
  });
});
