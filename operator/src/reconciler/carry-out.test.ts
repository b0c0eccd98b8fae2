import { describe, expect, test } from 'vitest';
import type { Observed, SchedulerView } from '../observed/index.ts';
import { tell } from '../plan/index.ts';
import type { Command } from '../plan/types.ts';
import { ApiError, type KubeObject } from '../runtime/index.ts';
import { IDLE } from '../testing/admin-door.ts';
import { carryOut } from './carry-out.ts';
import { emptyMemory } from './memory.ts';
import type { Turn } from './turn.ts';

const NOW = 1_000_000;
const IDLE_MS = 60_000;
const seenAt = (at: number, idleMs: number | null = IDLE_MS): SchedulerView => ({
  known: true,
  at,
  status: { ...IDLE, idleMs },
});

interface Api {
  /** What was to be deleted is gone already. */
  readonly gone?: boolean;
  /** How many pods it takes. */
  readonly room?: number;
  /** It can delete no cluster. */
  readonly away?: boolean;
  /** What is known of the scheduler once it was asked. */
  readonly answer?: SchedulerView;
}

/** A turn in which it is seen what was done and what was told. */
function turn(seen: SchedulerView, { gone = false, room = 0, away = false, answer }: Api = {}) {
  const done: string[] = [];
  let view = seen;
  const schedulers = {
    view: () => view,
    ask: async () => {
      done.push('asked the scheduler');
      view = answer ?? view;
    },
  };
  let left = room;
  const kube = {
    delete: async (_kind: unknown, { name }: { name: string }) => {
      if (away && name === 'malaria') throw new ApiError('unreachable', 'the API server is away');
      if (!gone) done.push(`deleted ${name}`);
      return !gone;
    },
    merge: async (_kind: unknown, { name }: { name: string }) => {
      done.push(`suspended ${name}`);
    },
    create: async (_kind: unknown, pod: KubeObject) => {
      if (left-- <= 0) throw new ApiError('forbidden', 'exceeded quota');
      done.push(`made ${pod.metadata.name}`);
      return pod;
    },
  };
  const recorder = {
    record: ({ reason, note }: { reason: string; note: string }) => done.push(`told ${reason}: ${note}`),
  };
  const metadata = { namespace: 'here', name: 'malaria', uid: 'u' };
  const rest = {
    key: 'here/malaria',
    cluster: { metadata },
    memory: emptyMemory('u'),
    caches: { pods: { learn: () => {} }, clusters: { learn: () => {} } },
    wall: () => NOW,
    log: () => {},
  };
  const expectations = { created: () => {}, deleted: () => {} };
  const { signal } = new AbortController();
  return { done, turn: { ...rest, schedulers, kube, recorder, expectations, signal } as unknown as Turn };
}

const observed = { schedulerPod: { metadata: { name: 'malaria-scheduler-0', uid: 'p' } } } as Observed;
const worth = (done: readonly Command[]) => tell(observed, done);

const end: Command = { kind: 'deleteCluster', reason: 'idle' };
const replace = (only: object): Command => ({
  ...{
    kind: 'deletePod',
    pod: { name: 'malaria-scheduler-0', namespace: 'here', uid: 'p' },
    reason: 'changed',
  },
  ...only,
});

const whatNeedsIdle: [string, Command, string][] = [
  ['a cluster is deleted', end, 'deleted malaria'],
  ['a cluster is suspended', { kind: 'suspendCluster', reason: 'idle' }, 'suspended malaria'],
  ['an idle scheduler is replaced', replace({ whileIdle: true }), 'deleted malaria-scheduler-0'],
];

test.each(whatNeedsIdle)('before %s the scheduler is asked once more', async (_, command, does) => {
  const { turn: now, done } = turn(seenAt(NOW), { answer: seenAt(NOW, IDLE_MS + 20) });
  expect(await carryOut(now, [command], () => [])).toMatchObject({ again: false });
  expect(done).toEqual(['asked the scheduler', does]);
});

describe.each(whatNeedsIdle)('not even if it was idle a moment ago %s', (_, command) => {
  test.each<[string, SchedulerView]>([
    ['when somebody has come', seenAt(NOW, null)],
    ['when somebody came and went', seenAt(NOW, 5)],
    ['when nobody knows any more', { known: false, since: NOW, because: 'it does not answer' }],
  ])('%s, and nothing is told', async (_, answer) => {
    const { turn: now, done } = turn(seenAt(NOW - 100), { answer });
    expect(await carryOut(now, [command], worth)).toMatchObject({ again: true });
    expect(done).toEqual(['asked the scheduler']);
  });
});

test('a cluster whose scheduler never was is deleted without a question', async () => {
  const { turn: now, done } = turn({ known: false, since: 0, because: 'it was not asked yet' });
  expect(await carryOut(now, [end], worth)).toMatchObject({ again: false });
  expect(done).toEqual(['deleted malaria', 'told IdleDeleted: idle']);
});

test('of pods that the API server refuses nothing is told, nor of what came to nothing', async () => {
  const { turn: now, done } = turn(seenAt(NOW), { room: 2, gone: true });
  const make = ['a', 'b', 'c', 'd'].map((name): Command => {
    return { kind: 'createPod', group: 'default', pod: { metadata: { name } } as KubeObject };
  });
  await carryOut(now, [replace({}), ...make], worth);
  expect(done).toEqual(['made a', 'made b', 'told WorkersCreated: 2 workers in group default']);
});

test('what was done is told, also when the rest fails', async () => {
  const { turn: now, done } = turn(seenAt(NOW), { away: true });
  await expect(carryOut(now, [replace({}), end], worth)).rejects.toThrow('away');
  expect(done).toEqual([
    'deleted malaria-scheduler-0',
    'asked the scheduler',
    'told SchedulerReplaced: scheduler: changed',
  ]);
});

test('a scheduler that is broken is replaced without a question', async () => {
  const { turn: now, done } = turn(seenAt(NOW - 5_000));
  await carryOut(now, [replace({})], worth);
  expect(done).toEqual(['deleted malaria-scheduler-0', 'told SchedulerReplaced: scheduler: changed']);
});
