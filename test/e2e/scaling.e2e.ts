/** Workers come and go as planned, while tasks run. */
import { expect, test } from 'vitest';
import { join, submitGraphs } from './load.ts';
import { describeOnNode, type Place } from './on-node.ts';
import { condition, haveWorkers, isReady, manifest, ready, workersOf } from './resource.ts';

describeOnNode('under load', (place) => {
  test('a cluster that grows from 2 to 8 and shrinks to 3 loses nothing and repeats nothing', async () => {
    await place.apply(manifest('elastic'));
    await ready(place, 'elastic');
    await using joined = await join(place, 'elastic');
    const { values, expected } = submitGraphs(joined.client, 5_000, 8);
    await expect.poll(() => joined.runs.size, { timeout: 60_000 }).toBeGreaterThan(200);
    await place.kubectl('scale', '--replicas=8', 'tkc/elastic');
    await haveWorkers(place, 'elastic', 8);
    expect(joined.runs.size).toBeLessThan(5_000);
    await place.kubectl('scale', '--replicas=3', 'tkc/elastic');
    expect(await values).toEqual(expected);
    expect(joined.runs.repeated).toEqual([]);
    await haveWorkers(place, 'elastic', 3, 120_000);
  });

  test('a new image rolls the workers one after the other, and no task fails', async () => {
    await using joined = await join(place, 'elastic');
    const before = await place.list<{ metadata: { uid: string } }>('pods', WORKERS);
    const { values, expected } = submitGraphs(joined.client, 3_000, 8);
    await expect.poll(() => joined.runs.size, { timeout: 60_000 }).toBeGreaterThan(50);
    const image = 'docker.io/taskloom/examples:dev';
    await place.kubectl('patch', 'tkc/elastic', '--type=merge', '-p', JSON.stringify({ spec: { image } }));
    const fewest = fewestReady(place, 'elastic');
    expect(await values).toEqual(expected);
    // We are a client of its scheduler, which waits for us to go.
    expect((await condition(place, 'elastic', 'Progressing'))?.reason).toBe('WaitingForScheduler');
    const old = before.map(({ metadata }) => metadata.uid);
    const remaining = async () => {
      const pods = await place.list<{ metadata: { uid: string } }>('pods', WORKERS);
      return pods.filter(({ metadata }) => old.includes(metadata.uid)).length;
    };
    await expect.poll(remaining, { timeout: 120_000, interval: 500 }).toBe(0);
    await haveWorkers(place, 'elastic', 3, 120_000);
    expect(await fewest.stop()).toBeGreaterThanOrEqual(2);
    expect(joined.runs.repeated).toEqual([]);
  });
});

describeOnNode('with a HorizontalPodAutoscaler', (place) => {
  // Its bounds hold without anybody who measures pods, which a node that only tests use does not have.
  test('a cluster goes where that says', async () => {
    await place.apply(manifest('auto'));
    await ready(place, 'auto');
    await place.apply(autoscaler('auto', { minReplicas: 3, maxReplicas: 4 }));
    await haveWorkers(place, 'auto', 3, 90_000);
    await place.kubectl(
      'patch',
      'hpa/auto',
      '--type=merge',
      '-p',
      '{"spec":{"minReplicas":1,"maxReplicas":1}}',
    );
    await haveWorkers(place, 'auto', 1, 90_000);
    const { status } = (await place.get<Autoscaler>('hpa', 'auto')) as Autoscaler;
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'AbleToScale', status: 'True' }),
    );
    expect(status).toMatchObject({ desiredReplicas: 1 });
  });
});

interface Autoscaler {
  readonly status: { readonly conditions: readonly object[] };
}

const autoscaler = (
  name: string,
  bounds: { readonly minReplicas: number; readonly maxReplicas: number },
) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'taskloom.dev/v1alpha1', kind: 'TaskCluster', name }, ...bounds },
});

/** Counts workers that are ready, again and again until it is stopped. */
function fewestReady(place: Place, name: string) {
  let fewest = Number.POSITIVE_INFINITY;
  let stopped = false;
  const counted = (async () => {
    while (!stopped) fewest = Math.min(fewest, (await workersOf(place, name)).filter(isReady).length);
  })();
  return {
    stop: async () => {
      stopped = true;
      await counted;
      return fewest;
    },
  };
}

const WORKERS = 'taskloom.dev/cluster=elastic,app.kubernetes.io/component=worker';
