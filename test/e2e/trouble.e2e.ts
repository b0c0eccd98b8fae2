/** What cannot work is said within five seconds of the API showing it, in words for whoever must mend it; mended, it works. */
import { expect, test } from 'vitest';
import { describeOnNode, type Place } from './on-node.ts';
import { condition, deleted, manifest, type Pod, ready, workersOf } from './resource.ts';

const SOON_MS = 5_000;

/** What Degraded says, and how long after the trouble could be seen it said so. */
async function degraded(place: Place, name: string, seen: () => Promise<boolean>) {
  await expect.poll(seen, { timeout: 60_000, interval: 100 }).toBe(true);
  const began = performance.now();
  const status = async () => (await condition(place, name, 'Degraded'))?.status;
  await expect.poll(status, { timeout: 60_000, interval: 100 }).toBe('True');
  const tookMs = performance.now() - began;
  expect(tookMs).toBeLessThan(SOON_MS);
  return (await condition(place, name, 'Degraded'))!;
}

async function mended(place: Place, name: string, spec: object): Promise<void> {
  await place.apply(manifest(name, spec));
  await ready(place, name);
  const status = async () => (await condition(place, name, 'Degraded'))?.status;
  await expect.poll(status, { timeout: 10_000 }).toBe('False');
  await deleted(place, name);
}

interface Waiting {
  readonly state: { readonly waiting?: { readonly reason: string } };
  readonly restartCount: number;
}
const containersOf = (pod: Pod) =>
  (pod.status as { readonly containerStatuses?: readonly Waiting[] }).containerStatuses ?? [];
const anyWaits = async (place: Place, name: string, reason: RegExp) =>
  (await workersOf(place, name))
    .flatMap(containersOf)
    .some(({ state }) => reason.test(state.waiting?.reason ?? ''));

const ONE = { workers: { replicas: 1 } };

describeOnNode('a cluster that cannot work says why:', (place) => {
  test('an image that does not exist', async () => {
    await place.apply(manifest('image', { ...ONE, image: 'docker.io/taskloom/nowhere:1' }));
    const { message } = await degraded(place, 'image', () => anyWaits(place, 'image', /ImagePull/));
    expect(message).toContain('docker.io/taskloom/nowhere:1');
    // What a person would do: take the line out again.
    await place.kubectl('patch', 'tkc/image', '--type=json', '-p', '[{"op":"remove","path":"/spec/image"}]');
    await ready(place, 'image');
    await deleted(place, 'image');
  });

  test('a request that no node can meet', async () => {
    const workers = { replicas: 1, resources: { requests: { cpu: '900' } } };
    await place.apply(manifest('request', { workers }));
    const unschedulable = async () =>
      (await workersOf(place, 'request')).some((pod) =>
        pod.status.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'False'),
      );
    const { message } = await degraded(place, 'request', unschedulable);
    expect(message).toMatch(/cpu/i);
    await mended(place, 'request', { workers: { replicas: 1, resources: { requests: { cpu: '10m' } } } });
  });

  test('a quota that is used up', async () => {
    await place.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few' },
      spec: { hard: { pods: '2' } },
    });
    await place.apply(manifest('quota', { workers: { replicas: 4 } }));
    const full = async () => (await workersOf(place, 'quota')).length === 1;
    const { message } = await degraded(place, 'quota', full);
    expect(message).toMatch(/quota/);
    await place.kubectl('delete', 'resourcequota', 'few');
    await ready(place, 'quota');
    await deleted(place, 'quota');
  });

  test('a quota that has no room for the scheduler, whose pod somebody else makes', async () => {
    await place.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none' },
      spec: { hard: { pods: '0' } },
    });
    await place.apply(manifest('narrow', { workers: { replicas: 0 } }));
    const refused = async () => {
      const events = await place.kubectl('get', 'events', '--field-selector=reason=FailedCreate');
      return events.includes('narrow-scheduler');
    };
    const { message } = await degraded(place, 'narrow', refused);
    expect(message).toMatch(/QuotaExceeded: scheduler/);
    await place.kubectl('delete', 'resourcequota', 'none');
    await ready(place, 'narrow');
    await deleted(place, 'narrow');
  });

  test('a program that ends again and again, with its last words', async () => {
    const failing = ['node', '-e', 'console.error("no model at /models/large"); process.exit(3)'];
    const template = { spec: { containers: [{ name: 'worker', command: failing }] } };
    await place.apply(manifest('crash', { workers: { replicas: 1, template } }));
    const crashing = async () => anyWaits(place, 'crash', /CrashLoopBackOff/);
    const { message } = await degraded(place, 'crash', crashing);
    expect(message).toContain('no model at /models/large');
    const events = await place.kubectl('describe', 'tkc', 'crash');
    expect(events.split('Events:')[1]).toContain('no model at /models/large');
    await mended(place, 'crash', { workers: { replicas: 1, template: null } });
  });
});
