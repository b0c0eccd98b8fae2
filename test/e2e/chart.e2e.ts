/** The life of the release: tested, upgraded, led by another replica, removed, put back, for one namespace only. */
import { afterAll, expect, test } from 'vitest';
import { deploy, helm, OPERATOR_NAMESPACE, RELEASE } from '../kubernetes/deploy.ts';
import { IMAGES } from '../kubernetes/images.ts';
import { cluster, describeOnNode, kubectl, type Place } from './on-node.ts';
import { haveWorkers, manifest, type Pod, ready } from './resource.ts';

const release = (...args: readonly string[]) => helm(cluster, ...args, '--namespace', OPERATOR_NAMESPACE);

/** Name, uid and restarts of each pod of the namespace: what changes when one is replaced or restarted. */
async function podsOf(place: Place): Promise<string[]> {
  const pods = await place.list<Pod & { status: { containerStatuses?: { restartCount: number }[] } }>('pods');
  return pods
    .map(({ metadata, status }) => {
      const restarts = status.containerStatuses?.map(({ restartCount }) => restartCount).join();
      return `${metadata.name} ${metadata.uid} ${restarts}`;
    })
    .sort();
}

const operators = async (): Promise<Pod[]> => {
  const text = await kubectl(
    'get',
    'pods',
    '-n',
    OPERATOR_NAMESPACE,
    '-l',
    'app.kubernetes.io/component=operator',
    '-o',
    'json',
  );
  return (JSON.parse(text).items as Pod[]).filter(({ metadata }) => !metadata.deletionTimestamp);
};
const leader = async () => {
  const path = '{.spec.holderIdentity}';
  return kubectl('get', 'lease', 'taskloom-operator', '-n', OPERATOR_NAMESPACE, '-o', `jsonpath=${path}`);
};

describeOnNode('the release', (place) => {
  afterAll(() => deploy(cluster));

  test('passes its own test', async () => {
    expect(await release('test', RELEASE, '--timeout', '90s')).toMatch(/Phase:\s+Succeeded/);
  });

  test('is upgraded without a pod of a cluster being touched', async () => {
    await place.apply(manifest('steady'));
    await ready(place, 'steady');
    await haveWorkers(place, 'steady', 2);
    const before = await podsOf(place);
    const [one] = await operators();
    // Another image of the same programs, which is also what new clusters would run.
    const [, repository, tag] = IMAGES.examples.name.match(/(.*):(.*)/) ?? [];
    const image = `image.repository=${repository},image.tag=${tag}`;
    await deploy(cluster, '--set', 'replicas=2', '--set-string', image);
    const pods = await operators();
    expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(one?.metadata.uid);
    expect(pods.map(({ spec }) => spec.containers[0]?.image)).toEqual([
      IMAGES.examples.name,
      IMAGES.examples.name,
    ]);
    await place.kubectl('scale', '--replicas=3', 'tkc/steady');
    await haveWorkers(place, 'steady', 3);
    expect(await podsOf(place)).toEqual(expect.arrayContaining(before));
  });

  test('is led by the other replica within 20 s of the loss of the first', async () => {
    const first = await leader();
    // Its identity begins with the name of its pod.
    const [pod = ''] = first.split('_');
    await kubectl('delete', 'pod', pod, '-n', OPERATOR_NAMESPACE, '--grace-period=0', '--force');
    const began = performance.now();
    await place.kubectl('scale', '--replicas=4', 'tkc/steady');
    await haveWorkers(place, 'steady', 4, 40_000);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await leader()).not.toBe(first);
  });

  test('goes, and leaves CRD and clusters as they are', async () => {
    const before = await podsOf(place);
    await release('uninstall', RELEASE, '--wait');
    expect(await operators()).toEqual([]);
    expect(await kubectl('get', 'crd', 'taskclusters.taskloom.dev', '-o', 'name')).toContain('taskclusters');
    expect(await podsOf(place)).toEqual(before);
  });

  test('comes for one namespace only, over the CRD that is there', async () => {
    const place2 = ['--namespace', place.namespace];
    const values = ['--set', 'scope=namespace,crds.install=false,image.tag=dev'];
    await helm(cluster, 'install', 'own', 'charts/taskloom', ...place2, ...values, '--wait');
    try {
      await place.kubectl('scale', '--replicas=2', 'tkc/steady');
      await haveWorkers(place, 'steady', 2);
      await ready(place, 'steady');
      const rights = ['auth', 'can-i', '--as', `system:serviceaccount:${place.namespace}:own-taskloom`];
      expect(await place.kubectl(...rights, 'create', 'pods')).toContain('yes');
      await expect(kubectl(...rights, 'create', 'pods', '-n', 'default')).rejects.toThrow();
    } finally {
      await helm(cluster, 'uninstall', 'own', ...place2, '--wait');
    }
  });

  test('comes back over the CRD that stayed, and the clusters with it', async () => {
    await deploy(cluster);
    await place.kubectl('scale', '--replicas=1', 'tkc/steady');
    await haveWorkers(place, 'steady', 1);
    await ready(place, 'steady');
  });
});
