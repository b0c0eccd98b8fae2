/** What the README promises somebody who has just installed the operator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnNode } from './on-node.ts';
import { haveWorkers, type Pod, ready, type TaskCluster, workersOf } from './resource.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const [, manifest = ''] = readme.match(/^```yaml\n([\s\S]*?)^```$/m) ?? [];

/** All that a cluster is made of, and what watches over it. */
const CHILDREN =
  'pods,services,statefulsets,serviceaccounts,secrets,networkpolicies,poddisruptionbudgets,controllerrevisions';

describeOnNode('the manifest of the README', (place) => {
  const first = () => place.get<TaskCluster>('taskcluster', 'first');

  test('has eight lines, and becomes a cluster with two workers', async () => {
    expect(manifest.trim().split('\n')).toHaveLength(8);
    await place.apply(manifest);
    await ready(place, 'first');
    await haveWorkers(place, 'first', 2);
  });

  test('says in `kubectl get` that it is up, how many there are and how old it is', async () => {
    const [heads = '', line = ''] = (await place.kubectl('get', 'tkc')).trim().split('\n');
    expect(heads.split(/\s{2,}/).map((head) => head.trim())).toEqual(
      expect.arrayContaining(['NAME', 'READY', 'WORKERS', 'AGE']),
    );
    expect(line).toMatch(/^first\s+True\s/);
    expect(line).toContain('2/2');
  });

  test('says more with -o wide', async () => {
    const narrow = await place.kubectl('get', 'taskclusters');
    const wide = await place.kubectl('get', 'taskclusters', '-o', 'wide');
    expect(wide.length).toBeGreaterThan(narrow.length);
  });

  test('is one of the category taskloom', async () => {
    expect(await place.kubectl('get', 'taskloom')).toContain('first');
  });

  test('tells in `kubectl describe` what happened to it', async () => {
    const text = await place.kubectl('describe', 'taskcluster', 'first');
    expect(text).toMatch(/Conditions:/);
    expect(text.split('Events:')[1]).toMatch(/\n\s+Normal\s/);
  });

  test('has a word on every field in `kubectl explain`', async () => {
    const text = await place.kubectl('explain', 'taskcluster.spec', '--recursive');
    expect(text).toContain('replicas');
    expect(await place.kubectl('explain', 'taskcluster.spec.workers.replicas')).toMatch(
      /DESCRIPTION:\n\s+\S/,
    );
  });

  test('says that it has seen the spec that is there', async () => {
    const cluster = await first();
    expect(cluster?.status?.observedGeneration).toBe(cluster?.metadata.generation);
    expect(cluster?.status?.endpoints?.cluster).toBe(`wss://first-scheduler.${place.namespace}.svc:8786`);
  });

  test('tells autoscalers how many workers there are, and which pods they are', async () => {
    const path = `/apis/taskloom.dev/v1alpha1/namespaces/${place.namespace}/taskclusters/first/scale`;
    const scale = JSON.parse(await place.kubectl('get', '--raw', path));
    expect(scale.spec.replicas).toBe(2);
    expect(scale.status.replicas).toBe(2);
    const pods = await place.list<Pod>('pods', scale.status.selector);
    const workers = await workersOf(place, 'first');
    const names = (of: readonly Pod[]) => of.map(({ metadata }) => metadata.name).sort();
    expect(names(pods)).toEqual(names(workers));
  });

  test('grows and shrinks with `kubectl scale`', async () => {
    await place.kubectl('scale', '--replicas=3', 'taskcluster/first');
    await haveWorkers(place, 'first', 3);
    await place.kubectl('scale', '--replicas=1', 'taskcluster/first');
    await haveWorkers(place, 'first', 1);
    await ready(place, 'first');
    expect((await first())?.spec.workers.replicas).toBe(1);
  });

  test('leaves nothing behind when it is deleted', async () => {
    await place.kubectl('delete', 'taskcluster', 'first');
    const left = async () => {
      const names = await place.kubectl('get', CHILDREN, '-o', 'name');
      return names.split('\n').filter((name) => name !== '' && name !== 'serviceaccount/default');
    };
    await expect.poll(left, { timeout: 60_000, interval: 500 }).toEqual([]);
  });
});
