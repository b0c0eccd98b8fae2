import { expect, test } from 'vitest';
import { settled, VirtualClock } from '../../testing/virtual-clock.ts';
import { ApiError } from '../errors.ts';
import { type Outcome, runController } from './controller.ts';
import { WorkQueue } from './queue.ts';

function controlled(reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>, workers = 2) {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ name: 'test', clock, random: () => 1 });
  const stop = new AbortController();
  const failures: string[] = [];
  const failed = ({ key, waitMs }: { key: string; waitMs: number }) => failures.push(`${key} ${waitMs}`);
  const options = { name: 'test', queue, reconcile, failed, workers, clock, timeoutMs: 60_000 };
  return { clock, queue, stop, failures, ended: runController(options, stop.signal) };
}

test('many keys at a time, each once at a time', async () => {
  const active = new Map<string, number>();
  let most = 0;
  const { clock, queue, stop, ended } = controlled(async (key) => {
    active.set(key, (active.get(key) ?? 0) + 1);
    expect(active.get(key)).toBe(1);
    most = Math.max(
      most,
      [...active.values()].reduce((sum, one) => sum + one, 0),
    );
    await new Promise<void>((resolve) => clock.after(100, resolve));
    active.set(key, 0);
    return {};
  });
  for (const key of ['a', 'b', 'c', 'a']) queue.add(key);
  await settled();
  queue.add('a');
  await clock.advance(1_000);
  expect(most).toBe(2);
  stop.abort();
  await ended;
});

test('what fails is tried again, later each time and not before the server says', async () => {
  const errors = [
    new Error('x'),
    new Error('x'),
    new ApiError('too-many-requests', 'busy', { retryAfterMs: 9_000 }),
  ];
  let calls = 0;
  const { clock, queue, stop, ended, failures } = controlled(async () => {
    calls++;
    const error = errors.shift();
    if (error) throw error;
    return {};
  });
  queue.add('a');
  await clock.advance(20_000);
  expect(failures).toEqual(['a 50', 'a 100', 'a 9000']);
  expect(calls).toBe(4);
  stop.abort();
  await ended;
});

test('an outcome says when to look again', async () => {
  let calls = 0;
  const { clock, queue, stop, ended } = controlled(async () => ({
    againAfterMs: ++calls < 3 ? 1_000 : undefined,
  }));
  queue.add('a');
  await clock.advance(10_000);
  expect(calls).toBe(3);
  stop.abort();
  await ended;
});

test('a reconcile that does not end is told to, and counts as failed', async () => {
  const hanging = (_key: string, signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { clock, queue, stop, ended, failures } = controlled(hanging);
  queue.add('a');
  await clock.advance(60_000);
  expect(failures).toEqual(['a 50']);
  stop.abort();
  await ended;
});

test('stopping ends what is being done and starts nothing', async () => {
  const began: string[] = [];
  const { queue, stop, ended, failures } = controlled((key, signal) => {
    began.push(key);
    return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }, 1);
  queue.add('a');
  queue.add('b');
  await settled();
  stop.abort();
  await ended;
  expect([began, failures]).toEqual([['a'], []]);
});
