/** Two replicas, and a network that fails at the worst moment, on a real API server. */
import { beforeEach, expect, test, vi } from 'vitest';
import { describeWithApi } from '../../test/kubernetes/cluster.ts';
import type { Operator } from './operator.ts';
import { PODS, TASK_CLUSTERS } from './reconciler/kinds.ts';
import { OperatorStage, SOON } from './testing/operator-stage.ts';
import { settled } from './testing/virtual-clock.ts';
import { Wire } from './testing/wire.ts';

describeWithApi('two replicas of the operator', (api) => {
  beforeEach((context) => context.skip(api.controllers, 'others play the node here'));

  const WORKERS = 40;

  /** One that leads over a wire of its own, and one that waits. */
  async function replicas(stage: OperatorStage) {
    const wire = new Wire(stage.credentials);
    const first = stage.run('first', { credentials: await wire.start(), election: true });
    await vi.waitFor(() => expect(first.leads).toBe(true), SOON);
    const second = stage.run('second', { election: true });
    await vi.waitFor(() => expect(second.unready()).toBe(undefined), SOON);
    return { wire, first, second };
  }

  /** Time passes until this one leads: nobody waits for a lease in a test. */
  const takesOver = (one: Operator, stage: OperatorStage) =>
    vi.waitFor(
      () => {
        stage.clock.skip(500);
        expect(one.leads).toBe(true);
      },
      { ...SOON, interval: 50 },
    );

  const workers = (stage: OperatorStage) =>
    stage.node.pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'worker');

  /** In the middle of a scale-up. */
  async function begun(stage: OperatorStage): Promise<void> {
    await stage.create('malaria', { workers: { replicas: 1 } });
    await stage.ready('malaria');
    const place = { namespace: stage.namespace, name: 'malaria' };
    await stage.kube.merge(TASK_CLUSTERS, place, { spec: { workers: { replicas: WORKERS } } });
    await vi.waitFor(() => expect(workers(stage).length).toBeGreaterThan(3), { ...SOON, interval: 1 });
  }

  /** Names of all worker pods there have ever been. */
  function witnessed(stage: OperatorStage): Set<string> {
    const seen = new Set<string>();
    const { fate } = stage.node;
    stage.node.fate = (pod) => {
      if (pod.metadata.labels?.['app.kubernetes.io/component'] === 'worker') seen.add(pod.metadata.uid ?? '');
      return fate(pod);
    };
    return seen;
  }

  test.each([
    ['is cut off', (wire: Wire) => wire.cut()],
    ['hears no answers any more', (wire: Wire) => wire.deafen()],
  ])('make no pod twice when the leader %s in the middle of a scale-up', async (_, fail) => {
    await using stage = await OperatorStage.set(api);
    const seen = witnessed(stage);
    const { wire, first, second } = await replicas(stage);
    await begun(stage);
    fail(wire);
    await takesOver(second, stage);
    expect(first.leads).toBe(false);
    await stage.ready('malaria');
    const there = await stage.list(PODS);
    expect(there.length).toBe(WORKERS + 1);
    expect(seen.size).toBe(WORKERS);

    // The one that comes back follows.
    const before = stage.writes.length;
    stage.answered.delete('first');
    wire.mend();
    await vi.waitFor(
      () => {
        stage.clock.skip(300);
        expect(stage.answered.get('first')).toBeGreaterThan(1);
      },
      { ...SOON, interval: 100 },
    );
    expect([first.leads, second.leads]).toEqual([false, true]);
    const written = stage.writes.slice(before);
    expect(written.filter(({ operator }) => operator === 'first')).toEqual([]);
    await wire.stop();
  });

  test('hand over when the leader is asked to stop, and nothing is restarted', async () => {
    await using stage = await OperatorStage.set(api);
    const seen = witnessed(stage);
    const { wire, first, second } = await replicas(stage);
    await begun(stage);
    first.stop();
    await takesOver(second, stage);
    await stage.ready('malaria');
    expect(seen.size).toBe(WORKERS);
    expect(stage.troubles).toEqual([]);
    await wire.stop();
  });
});

describeWithApi('one operator', (api) => {
  beforeEach((context) => context.skip(api.controllers, 'others play the node here'));

  test('that was killed in the middle of a scale-up is followed by one that makes none too many and none too few', async () => {
    await using stage = await OperatorStage.set(api);
    const wire = new Wire(stage.credentials);
    const first = stage.run('first', { credentials: await wire.start() });
    await vi.waitFor(() => expect(first.leads).toBe(true), SOON);
    await stage.create('malaria', { workers: { replicas: 30 } });
    await vi.waitFor(() => expect(stage.node.pods.length).toBeGreaterThan(5), { ...SOON, interval: 1 });
    wire.cut();
    stage.run('second');
    await stage.ready('malaria');
    expect(await stage.list(PODS)).toHaveLength(31);
    await wire.stop();
  });

  test('that hears no answers is well, since no restart would help, and ends when it is asked to', async () => {
    await using stage = await OperatorStage.set(api);
    const wire = new Wire(stage.credentials);
    const operator = stage.run('first', { credentials: await wire.start() });
    await vi.waitFor(() => expect(operator.leads).toBe(true), SOON);
    await stage.create('malaria', { workers: { replicas: 30 } });
    await vi.waitFor(() => expect(stage.node.pods.length).toBeGreaterThan(5), { ...SOON, interval: 1 });
    wire.deafen();
    for (let seconds = 0; seconds < 600; seconds += 10) {
      stage.clock.skip(10_000);
      await settled();
    }
    expect(operator.unwell()).toBe(undefined);
    wire.cut();
    operator.stop();
    await vi.waitFor(() => {
      stage.clock.skip(1_000);
      expect(operator.leads).toBe(false);
    }, SOON);
    await wire.stop();
  });
});
