/** What scripts on somebody's laptop do with the clusters that they make. */
import { createHash } from 'node:crypto';
import { KubeCluster } from '@taskloom/client/kubernetes';
import { expect, test } from 'vitest';
import { cluster, describeOnNode } from './on-node.ts';

const MEGABYTE = 1_000_000;

describeOnNode('a script', (place) => {
  const options = (name: string) => ({
    name,
    kubeconfig: cluster.kubeconfig,
    namespace: place.namespace,
    workers: 1,
    threads: 1,
    quiet: true,
  });

  test('that closes its cluster and makes it again at once gets a new one each time', async () => {
    const uids = new Set<string>();
    for (let time = 0; time < 3; time++) {
      await using made = await KubeCluster.create(options('again'));
      expect(await made.client().submit((n: number) => n + 1, time)).toBe(time + 1);
      const there = await place.get<{ metadata: { uid: string } }>('taskcluster', 'again');
      uids.add(there?.metadata.uid ?? 'none');
    }
    expect(uids.size).toBe(3);
    expect(await place.get('taskcluster', 'again')).toBeUndefined();
    const parts = () => place.kubectl('get', 'pods,services,secrets,statefulsets', '-o', 'name');
    await expect.poll(parts, { timeout: 60_000, interval: 1_000 }).toBe('');
  });

  test('gets and brings large values whole, through the real kubelet', async () => {
    await using made = await KubeCluster.create({
      ...options('large'),
      resources: { limits: { memory: '2Gi' } },
    });
    const client = made.client();
    // Every byte depends on where it is, in patterns that no size of a frame, a record or a block repeats.
    const value = (bytes: number) => {
      const all = new Uint8Array(bytes);
      for (let i = 0; i < bytes; i++) all[i] = (i * 31 + (i >> 8) * 7 + (i >> 16)) & 0xff;
      return all;
    };
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const sizes = [1, 16_384, 65_537, 1_000_003, 80 * MEGABYTE];
    const [got, brought] = await Promise.all([
      client.gather(sizes.map((size) => client.submit(value, size))),
      client.gather(sizes.map((size) => client.submit(digest, client.scatter(value(size))))),
    ]);
    const expected = sizes.map((size) => digest(value(size)));
    expect(got.map(digest)).toEqual(expected);
    expect(brought).toEqual(expected);
  });
});
