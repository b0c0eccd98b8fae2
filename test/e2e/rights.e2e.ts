/** Somebody outside of Kubernetes who has the rights of the example and no others. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeCluster } from '@taskloom/client/kubernetes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cluster, describeOnNode, kubectl } from './on-node.ts';

const ROLE = readFileSync(join(import.meta.dirname, '../../examples/kubernetes/notebook-user.yaml'), 'utf8');

describeOnNode('the rights of a notebook user', (place) => {
  const folder = mkdtempSync(join(tmpdir(), 'taskloom-rights-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const theirs = (name: string) => ({
    name,
    namespace: place.namespace,
    kubeconfig,
    workers: 1,
    quiet: true,
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    await place.apply(ROLE);
    const token = (await place.kubectl('create', 'token', 'notebook')).trim();
    const config = JSON.parse(
      await kubectl('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'),
    );
    const users = [{ name: config.users[0].name, user: { token } }];
    writeFileSync(kubeconfig, JSON.stringify({ ...config, users }), { mode: 0o600 });
  });

  test('let a script make a cluster, use it and close it', async () => {
    await using made = await KubeCluster.create(theirs('scratch'));
    expect(await made.client().submit((x: number) => x + 1, 1)).toBe(2);
    await made.scale(2);
    expect(await made.logs()).not.toEqual('');
  });

  test('end at the Secrets of other clusters, which is said at once', async () => {
    await expect(KubeCluster.create(theirs('another'))).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/another-client.*notebook-user\.yaml/s),
    });
    expect(await place.list('taskcluster')).toEqual([]);
  });

  test.runIf(cluster.from !== 'handed-in')('are not those of an administrator', async () => {
    await expect(kubectl('--kubeconfig', kubeconfig, 'get', 'nodes')).rejects.toThrow(/cannot list/);
  });
});
