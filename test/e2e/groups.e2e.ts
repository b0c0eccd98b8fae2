/** Groups of workers that differ, and tasks that need what only one of them has. */
import { context } from '@taskloom/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { join } from './load.ts';
import { describeOnNode, kubectl } from './on-node.ts';
import { manifest, ready } from './resource.ts';

/** A device that the node only says it has: the kubelet hands out what is counted, whether it is there or not. */
const DEVICE = 'example.com/abacus';
const PATH = `/status/capacity/${DEVICE.replace('/', '~1')}`;

describeOnNode('a group of workers with a device', (place) => {
  let node: string;
  const patch = (change: object) =>
    kubectl('patch', 'node', node, '--subresource=status', '--type=json', '-p', JSON.stringify([change]));
  beforeAll(async () => {
    node = JSON.parse(await kubectl('get', 'nodes', '-o', 'json')).items[0].metadata.name;
    await patch({ op: 'add', path: PATH, value: '2' });
  });
  afterAll(() => patch({ op: 'remove', path: PATH }));

  test('runs the tasks that ask for one, no more at once than there are', async () => {
    const spec = {
      workers: { replicas: 1 },
      workerGroups: [{ name: 'counting', replicas: 1, threads: 4, resources: { limits: { [DEVICE]: '2' } } }],
    };
    await place.apply(manifest('mixed', spec));
    await ready(place, 'mixed');
    await using joined = await join(place, 'mixed');
    const { client } = joined;
    const count = (i: number) => {
      const began = Date.now();
      while (Date.now() - began < 50);
      return { i, worker: context().worker.name, began, ended: Date.now() };
    };
    const ran = await client.gather(
      client.with({ resources: { [DEVICE]: 1 } }).map(count, [...Array(12).keys()]),
    );
    expect(ran.filter(({ worker }) => !worker.startsWith('mixed-counting-'))).toEqual([]);
    const atOnce = ran.map(
      ({ began }) => ran.filter((one) => one.began <= began && began < one.ended).length,
    );
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(2);
  });
});
