import { expect, test } from 'vitest';
import type { SchedulerView } from '../observed/index.ts';
import type { Command } from '../plan/types.ts';
import { IDLE } from '../testing/admin-door.ts';
import { carryOut } from './carry-out.ts';
import type { Turn } from './turn.ts';

const NOW = 1_000_000;
const seenAt = (at: number): SchedulerView => ({ known: true, at, status: IDLE });

/** A turn in which it is seen what was deleted and what was told. */
function turn(view: SchedulerView) {
  const done: string[] = [];
  const schedulers = {
    view: () => view,
    ask: async () => {
      done.push('asked the scheduler');
    },
  };
  const kube = {
    delete: async (_kind: unknown, { name }: { name: string }) => {
      done.push(`deleted ${name}`);
      return true;
    },
  };
  const recorder = { record: ({ reason }: { reason: string }) => done.push(`told ${reason}`) };
  const metadata = { namespace: 'here', name: 'malaria', uid: 'u' };
  const rest = {
    key: 'here/malaria',
    cluster: { metadata },
    memory: { uid: 'u' },
    wall: () => NOW,
    log: () => {},
  };
  const expectations = { deleted: () => {} };
  const signal = new AbortController().signal;
  return { done, turn: { ...rest, schedulers, kube, recorder, expectations, signal } as unknown as Turn };
}

const event: Command = {
  kind: 'event',
  type: 'Normal',
  reason: 'IdleDeleted',
  action: 'Delete',
  note: 'idle',
};
const end: Command = { kind: 'deleteCluster', reason: 'idle' };
const replace = (only: object): Command => ({
  ...{
    kind: 'deletePod',
    pod: { name: 'malaria-scheduler-0', namespace: 'here', uid: 'p' },
    reason: 'changed',
  },
  ...only,
});

test.each([
  ['a cluster is deleted', end],
  ['a cluster is suspended', { kind: 'suspendCluster', reason: 'idle' } as const],
  ['an idle scheduler is replaced', replace({ whileIdle: true })],
])('before %s the scheduler is asked once more, and nothing is told yet', async (_, command) => {
  const { turn: now, done } = turn(seenAt(NOW - 5_000));
  expect(await carryOut(now, [command, event])).toMatchObject({ again: true });
  expect(done).toEqual(['asked the scheduler']);
});

test('what was asked just now is enough', async () => {
  const { turn: now, done } = turn(seenAt(NOW - 500));
  expect(await carryOut(now, [end, event])).toMatchObject({ again: false });
  expect(done).toEqual(['deleted malaria', 'told IdleDeleted']);
});

test('a scheduler that is broken is replaced without a question', async () => {
  const { turn: now, done } = turn(seenAt(NOW - 5_000));
  await carryOut(now, [replace({})]);
  expect(done).toEqual(['deleted malaria-scheduler-0']);
});
