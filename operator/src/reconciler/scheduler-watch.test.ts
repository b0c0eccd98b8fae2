import { expect, test } from 'vitest';
import type { AdminStatus } from '../observed/scheduler.ts';
import { IDLE } from '../testing/admin-door.ts';
import { settled, VirtualClock } from '../testing/virtual-clock.ts';
import { SchedulerWatch } from './scheduler-watch.ts';

const AT = { host: '10.0.0.1', ca: 'ca', token: 'token' };

function watching() {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const changed: string[] = [];
  let answer: () => AdminStatus | Promise<AdminStatus> = () => IDLE;
  const status = async ({ host }: { host: string }) => {
    asked.push(`${host} at ${clock.now()}`);
    return answer();
  };
  const watch = new SchedulerWatch({ admin: { status }, clock, changed: (key) => changed.push(key) });
  const say = (next: typeof answer) => {
    answer = next;
  };
  const taken = () => asked.splice(0);
  return { clock, watch, taken, changed, say };
}

test('asks at once, then ever more seldom while the answer is the same', async () => {
  const { clock, watch, taken, changed, say } = watching();
  let idleMs = 0;
  say(() => ({ ...IDLE, idleMs: idleMs++ }));
  watch.aim('ns/a', AT);
  await clock.advance(60_000);
  const times = taken().map((text) => Number(text.split(' at ')[1]));
  const gaps = times.slice(1).map((at, i) => Math.round(at - (times[i] ?? 0)));
  expect(gaps.slice(0, 3)).toEqual([2_000, 2_500, 3_125]);
  expect(gaps.at(-1)).toBe(10_000);
  expect(changed).toEqual(['ns/a']);
});

test('a change is told, and asked about often again', async () => {
  const { clock, watch, taken, changed, say } = watching();
  watch.aim('ns/a', AT);
  await clock.advance(60_000);
  say(() => ({ ...IDLE, clients: 1, idleMs: null }));
  await clock.advance(10_000);
  expect(changed).toEqual(['ns/a', 'ns/a']);
  taken();
  await clock.advance(2_000);
  expect(taken()).toHaveLength(1);
});

test('no answer is unknown since the last answer, and is asked for again soon', async () => {
  const { clock, watch, taken, say } = watching();
  watch.aim('ns/a', AT);
  await clock.advance(2_000);
  const answeredAt = clock.wall();
  say(() => {
    throw new Error('connect ECONNREFUSED');
  });
  await clock.advance(2_500);
  expect(watch.view('ns/a')).toEqual({ known: false, since: answeredAt, because: 'connect ECONNREFUSED' });
  taken();
  await clock.advance(500);
  expect(taken()).toHaveLength(1);
});

test('a scheduler that moved is asked where it is now', async () => {
  const { clock, watch, taken } = watching();
  watch.aim('ns/a', AT);
  await settled();
  watch.aim('ns/a', AT);
  watch.aim('ns/a', { ...AT, host: '10.0.0.2' });
  await clock.advance(0);
  expect(taken()).toEqual(['10.0.0.2 at 0']);
  watch.aim('ns/a', undefined);
  await clock.advance(60_000);
  expect(taken()).toEqual([]);
  expect(watch.view('ns/a')).toBeUndefined();
});

test('one question at a time, and in a hurry the next follows at once', async () => {
  const { clock, watch, taken, say } = watching();
  let finish = () => {};
  say(() => new Promise((resolve) => (finish = () => resolve(IDLE))));
  watch.aim('ns/a', AT);
  await clock.advance(0);
  watch.hurry('ns/a', 250);
  await clock.advance(5_000);
  expect(taken()).toHaveLength(1);
  finish();
  await settled();
  await clock.advance(250);
  expect(taken()).toEqual(['10.0.0.1 at 5250']);
});

test('who must know now asks and waits for the answer', async () => {
  const { clock, watch, say } = watching();
  watch.aim('ns/a', AT);
  await clock.advance(1_000);
  say(() => ({ ...IDLE, clients: 3 }));
  await watch.ask('ns/a');
  expect(watch.view('ns/a')).toMatchObject({ known: true, status: { clients: 3 }, at: clock.wall() });
});
