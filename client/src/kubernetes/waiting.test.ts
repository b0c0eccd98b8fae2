/** What is said while a cluster comes up, and when waiting is over: the API server is real, the time is the test's. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../../operator/src/testing/virtual-clock.ts';
import { describeWithApi } from '../../../test/kubernetes/cluster.ts';
import { complete, READY, Stage } from '../testing/kubernetes/stage.ts';
import { TASK_CLUSTERS } from './resource.ts';
import type { Goal } from './standing.ts';
import { type Target, targetOf } from './target.ts';
import { waitFor } from './waiting.ts';

describeWithApi('waiting for a cluster', (api) => {
  let stage: Stage;
  let target: Target;
  let clock: VirtualClock;
  let said: string[];
  beforeAll(async () => {
    stage = await Stage.set(api);
    target = await targetOf(stage.where);
    return async () => {
      target.transport.close();
      await stage.clear();
    };
  });
  beforeEach(() => {
    clock = new VirtualClock();
    said = [];
  });

  function waiting(name: string, goal: Goal = 'workers'): Promise<void> {
    const metadata = { namespace: stage.namespace, name };
    const stream = { write: (text: string) => said.push(text.trim()) };
    const reached = stage.operator.kube
      .create(TASK_CLUSTERS, { metadata, spec: {} as never })
      .then(() => waitFor(target, name, { goal, stream, clock, timeoutMs: 600_000 }));
    // It may fail before the test looks.
    reached.catch(() => {});
    return reached;
  }
  /** The last that was said, once it is this. */
  const saying = (text: string) => expect.poll(() => said.at(-1), { timeout: 10_000 }).toBe(text);

  const degraded = (reason: string, message: string) => ({
    Accepted: true,
    SchedulerReady: true,
    Ready: false,
    Degraded: { status: true, reason, message },
  });

  test('says how far it is and what is in the way, and ends when all are there', async () => {
    const reached = waiting('coming');
    await saying('coming: the operator has not seen it yet');
    const SchedulerReady = { status: false, reason: 'Starting', message: 'the scheduler starts' };
    await stage.operator.says('coming', { Accepted: true, SchedulerReady }, { workersReady: '0/8' });
    await saying('coming: 0/8 workers; the scheduler starts');
    const stuck = degraded('Unschedulable', '5 unschedulable: insufficient cpu');
    await stage.operator.says('coming', stuck, { workersReady: '3/8' });
    await saying('coming: 3/8 workers; 5 unschedulable: insufficient cpu');
    await stage.operator.says('coming', READY, complete(8));
    await expect(reached).resolves.toBeUndefined();
  });

  test('gives up early on what does not pass, with the reason', async () => {
    const reached = waiting('hopeless');
    const message = '2 cannot pull acme/worker:9: not found';
    await stage.operator.seen('hopeless');
    await stage.operator.says('hopeless', degraded('ImagePull', message), { workersReady: '0/2' });
    await saying(`hopeless: 0/2 workers; ${message}`);
    await clock.advance(29_000);
    await stage.operator.says('hopeless', degraded('ImagePull', message), { workersReady: '1/2' });
    await saying(`hopeless: 1/2 workers; ${message}`);
    await clock.advance(2_000);
    await expect(reached).rejects.toMatchObject({
      code: 'not-ready',
      message: `cluster hopeless does not become ready (ImagePull): 1/2 workers; ${message}; kubectl describe taskclusters hopeless says more`,
    });
  });

  test('bears what passes', async () => {
    const reached = waiting('patient');
    await stage.operator.seen('patient');
    await stage.operator.says('patient', degraded('ImagePull', 'the registry is busy'));
    await saying('patient: 0 workers; the registry is busy');
    await clock.advance(29_000);
    await stage.operator.says('patient', { Accepted: true, SchedulerReady: true });
    await saying('patient: 0 workers');
    await clock.advance(29_000);
    await stage.operator.says('patient', degraded('ImagePull', 'the registry is busy'));
    await saying('patient: 0 workers; the registry is busy');
    await clock.advance(29_000);
    await stage.operator.says('patient', READY, complete(1));
    await expect(reached).resolves.toBeUndefined();
  });

  test('says that an earlier cluster of its name is still there, and waits for that', async () => {
    const reached = waiting('again');
    await stage.operator.seen('again');
    const message = 'Of an earlier cluster of this name are still there, and going: Secret again-ca.';
    const Accepted = { status: 'Unknown', reason: 'Leaving', message } as const;
    const SchedulerReady = { status: false, reason: 'Starting', message: 'the scheduler starts' };
    await stage.operator.says('again', { Accepted, SchedulerReady, Ready: false }, { workersReady: '0/1' });
    await saying(`again: 0/1 workers; ${message}`);
    await clock.advance(120_000);
    await stage.operator.says('again', READY, complete(1));
    await expect(reached).resolves.toBeUndefined();
  });

  test('ends after its time', async () => {
    const reached = waiting('slow');
    await stage.operator.seen('slow');
    await stage.operator.says('slow', { Accepted: true, SchedulerReady: true }, { workersReady: '1/2' });
    await saying('slow: 1/2 workers');
    await clock.advance(600_000);
    await expect(reached).rejects.toMatchObject({
      code: 'timed-out',
      retryable: true,
      message: 'cluster slow is not ready yet: 1/2 workers; allow it more time with { timeoutMs }',
    });
  });

  test('says that no operator takes notice', async () => {
    const reached = waiting('unseen');
    await saying('unseen: the operator has not seen it yet');
    await clock.advance(31_000);
    await expect(reached).rejects.toMatchObject({
      code: 'not-ready',
      message: /is one running\\? kubectl get pods/,
    });
  });

  test('for the scheduler alone does not wait for workers', async () => {
    const reached = waiting('joined', 'scheduler');
    await stage.operator.seen('joined');
    await stage.operator.says('joined', degraded('Unschedulable', 'no node fits'), { workersReady: '0/9' });
    await expect(reached).resolves.toBeUndefined();
  });

  test('does not believe a status that is older than the spec', async () => {
    const reached = waiting('stale');
    await stage.operator.seen('stale');
    await stage.operator.says('stale', { Accepted: true, SchedulerReady: true });
    await saying('stale: 0 workers');
    const place = { namespace: stage.namespace, name: 'stale' };
    await stage.operator.kube.merge(TASK_CLUSTERS, place, { spec: { workers: { replicas: 2 } } });
    const old = { ...complete(1), observedGeneration: 1 };
    await stage.operator.says('stale', READY, old);
    await saying('stale: 1/1 workers; the operator has not seen the change yet');
    await stage.operator.says('stale', READY, complete(2));
    await expect(reached).resolves.toBeUndefined();
  });
});
