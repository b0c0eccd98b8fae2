/** What happens to a cluster that nobody planned. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withoutApiServer } from '../kubernetes/cluster-up.ts';
import { OPERATOR_NAMESPACE } from '../kubernetes/deploy.ts';
import { jobOutput, startJob } from './job.ts';
import { join, submitGraphs } from './load.ts';
import { cluster, describeOnNode, kubectl, type Place } from './on-node.ts';
import { haveWorkers, manifest, type Pod, ready, workersOf } from './resource.ts';

/** Longer than the operator waits for schedulers and the control plane for nodes, before they take what they do not hear for gone. */
const AWAY_MS = 60_000;

const limited = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '400Mi' } };

async function started(place: Place, name: string, spec: object): Promise<void> {
  await place.apply(manifest(name, spec));
  await ready(place, name);
}

describeOnNode('a worker that is lost', (place) => {
  test.each([
    ['deleted', (pod: Pod) => place.kubectl('delete', 'pod', pod.metadata.name, '--wait=false')],
    [
      'killed',
      (pod: Pod) => place.kubectl('delete', 'pod', pod.metadata.name, '--grace-period=0', '--force'),
    ],
  ])('because its pod is %s costs no result', async (how, lose) => {
    const name = `lost-${how}`;
    await started(place, name, { workers: { replicas: 3 } });
    await using joined = await join(place, name);
    const { values, expected } = submitGraphs(joined.client, 1_500, 8);
    await expect.poll(() => joined.runs.size, { timeout: 60_000 }).toBeGreaterThan(50);
    const [victim] = await workersOf(place, name);
    await lose(victim!);
    expect(await values).toEqual(expected);
    await haveWorkers(place, name, 3);
    await place.kubectl('delete', 'tkc', name);
  });

  test('because a task took more memory than it has fails that task alone, and says so', async () => {
    await started(place, 'greedy', { workers: { replicas: 2, resources: limited } });
    await using joined = await join(place, 'greedy');
    const greedy = () => {
      const held: Buffer[] = [];
      for (;;) held.push(Buffer.alloc(32 << 20, 1));
    };
    const doomed = joined.client.submit(greedy);
    const { values, expected } = submitGraphs(joined.client, 500, 4);
    await expect(Promise.resolve(doomed)).rejects.toThrow(/memory/);
    expect(await values).toEqual(expected);
    const events = async () => (await place.kubectl('describe', 'tkc', 'greedy')).split('Events:')[1] ?? '';
    await expect.poll(events, { timeout: 30_000 }).toContain('OOMKilled');
    await haveWorkers(place, 'greedy', 2);
    await place.kubectl('delete', 'tkc', 'greedy');
  });

  test('because its node is drained hands over what it has before it goes', async () => {
    await started(place, 'drained', { workers: { replicas: 2 } });
    await using joined = await join(place, 'drained');
    const { values, expected } = submitGraphs(joined.client, 1_000, 8);
    await expect.poll(() => joined.runs.size, { timeout: 60_000 }).toBeGreaterThan(50);
    const [{ metadata: node }] = JSON.parse(await kubectl('get', 'nodes', '-o', 'json')).items;
    const [victim] = await workersOf(place, 'drained');
    await place.kubectl('label', 'pod', victim!.metadata.name, 'drain=me');
    try {
      await kubectl(
        'drain',
        node.name,
        '--pod-selector=drain=me',
        '--force',
        '--delete-emptydir-data',
        '--timeout=90s',
      );
    } finally {
      await kubectl('uncordon', node.name);
    }
    expect(await values).toEqual(expected);
    expect(joined.runs.repeated).toEqual([]);
    await haveWorkers(place, 'drained', 2);
    await place.kubectl('delete', 'tkc', 'drained');
  });

  test('on purpose hands over what it has, though the command around it passes no signal on', async () => {
    const wrapped = { name: 'worker', command: ['/bin/sh', '-c', 'taskloom "$@"; true', '--'] };
    const template = { spec: { containers: [wrapped] } };
    await started(place, 'wrapped', { workers: { replicas: 2, template } });
    await using joined = await join(place, 'wrapped');
    const { values, expected } = submitGraphs(joined.client, 1_000, 8);
    await expect.poll(() => joined.runs.size, { timeout: 60_000 }).toBeGreaterThan(50);
    const [victim] = await workersOf(place, 'wrapped');
    await place.kubectl('delete', 'pod', victim!.metadata.name, '--timeout=90s');
    expect(await values).toEqual(expected);
    expect(joined.runs.repeated).toEqual([]);
    await haveWorkers(place, 'wrapped', 2);
    // Of its own pods: the kubelet also says it of one that a test before this one killed while its hook ran.
    const said = await place.list<{ reason: string; involvedObject: { name: string } }>('events');
    const failed = said.filter(({ reason }) => reason === 'FailedPreStopHook');
    expect(failed.filter(({ involvedObject }) => involvedObject.name.startsWith('wrapped-'))).toEqual([]);
    await place.kubectl('delete', 'tkc', 'wrapped');
  });
});

describeOnNode('a scheduler that is lost', (place) => {
  test('comes back: the cluster is Ready again, new work runs, and what was asked before ends one way or the other', async () => {
    await started(place, 'headless', { workers: { replicas: 2 } });
    {
      await using joined = await join(place, 'headless');
      const { values } = submitGraphs(joined.client, 2_000, 8);
      const settled = values.then(
        () => 'resolved',
        (error: Error) => error.message,
      );
      await expect.poll(() => joined.runs.size, { timeout: 60_000 }).toBeGreaterThan(20);
      await place.kubectl('delete', 'pod', 'headless-scheduler-0', '--wait=false');
      expect(await settled).toMatch(/resolved|scheduler|connection/i);
    }
    await haveWorkers(place, 'headless', 2);
    await ready(place, 'headless');
    await using again = await join(place, 'headless');
    const { values, expected } = submitGraphs(again.client, 100, 1);
    expect(await values).toEqual(expected);
    await place.kubectl('delete', 'tkc', 'headless');
  });
});

describeOnNode('an API server that is away', (place) => {
  test.runIf(cluster.from !== 'handed-in')('holds up no work', { timeout: 400_000 }, async () => {
    await started(place, 'alone', { workers: { replicas: 2 } });
    // Its tunnel goes through the API server, so the client that works on is a pod of the same Kubernetes.
    await startJob(place, { name: 'waves', code: wavesFor(AWAY_MS * 1.5) });
    const begun = () => place.kubectl('logs', 'job/waves').catch(() => '');
    await expect.poll(begun, { timeout: 60_000 }).toContain('wave 1 ');
    await using outside = await join(place, 'alone');
    expect(await outside.client.submit((x: number) => x + 1, 1)).toBe(2);
    const { graphs } = await withoutApiServer(cluster, async () => {
      const graphs = submitGraphs(outside.client, 100, 8);
      await delay(AWAY_MS);
      return { graphs };
    });
    // Whoever came by its tunnel was cut off with what it was just saying, and carries on by another.
    expect(await graphs.values).toEqual(graphs.expected);
    expect(outside.runs.repeated).toEqual([]);
    await operatorIsBack();
    const waves = [...(await jobOutput(place, 'waves')).matchAll(/^wave \d+ was right after (\d+) ms$/gm)];
    const longest = Math.max(...waves.map(([, ms]) => Number(ms)));
    expect(waves.length).toBeGreaterThan(10);
    expect(longest).toBeLessThan(5_000);
    await ready(place, 'alone');
    await haveWorkers(place, 'alone', 2);
    const restarts = (await place.list<Restarted>('pods')).flatMap(({ status }) =>
      (status.containerStatuses ?? []).map(({ restartCount }) => restartCount),
    );
    expect(restarts.filter((count) => count > 0)).toEqual([]);
  });
});

/** Pods reach the API server when kube-proxy, which waits longer after each failure, has found it again; then the lease is renewed. */
async function operatorIsBack(): Promise<void> {
  const asked = [
    'get',
    'lease',
    'taskloom-operator',
    '-n',
    OPERATOR_NAMESPACE,
    '-o',
    'jsonpath={.spec.renewTime}',
  ];
  const renewed = async () => Date.now() - Date.parse(await kubectl(...asked));
  await expect.poll(renewed, { timeout: 180_000, interval: 500 }).toBeLessThan(10_000);
}

/** A script that uses the cluster `alone` for so long, and says after each wave of tasks how long it took. */
const wavesFor = (ms: number) => `
import { KubeCluster } from '@taskloom/client/kubernetes';
await using cluster = await KubeCluster.connect('alone');
const client = cluster.client();
const end = performance.now() + ${ms};
for (let wave = 1; performance.now() < end; wave++) {
  const began = performance.now();
  const values = await client.gather(client.map((i) => i * wave, Array.from({ length: 1000 }, (_, i) => i)));
  if (values.some((value, i) => value !== i * wave)) throw new Error('wave ' + wave + ' was wrong');
  console.log('wave ' + wave + ' was right after ' + Math.round(performance.now() - began) + ' ms');
  await new Promise((resolve) => setTimeout(resolve, 200));
}
`;

interface Restarted {
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

describeOnNode('an operator that is killed', (place) => {
  test('in the middle of a scale-up leaves no pod too many and none too few', async () => {
    await started(place, 'halfway', { workers: { replicas: 1 } });
    await place.kubectl('scale', '--replicas=10', 'tkc/halfway');
    const begun = async () => (await workersOf(place, 'halfway')).length;
    await expect.poll(begun, { timeout: 30_000, interval: 20 }).toBeGreaterThan(1);
    await kubectl('delete', 'pods', '-n', OPERATOR_NAMESPACE, '--all', '--grace-period=0', '--force');
    let most = 0;
    const all = async () => {
      const pods = await workersOf(place, 'halfway');
      most = Math.max(most, pods.length);
      return pods.filter(({ status }) => status.phase === 'Running').length;
    };
    await expect.poll(all, { timeout: 90_000, interval: 200 }).toBe(10);
    await haveWorkers(place, 'halfway', 10, 90_000);
    expect(most).toBe(10);
  });
});
