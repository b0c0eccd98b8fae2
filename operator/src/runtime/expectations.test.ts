import { expect, test } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Expectations, type Shown } from './expectations.ts';

function expecting() {
  const clock = new VirtualClock();
  const shown = new Map<string, Shown>();
  const expectations = new Expectations((uid) => shown.get(uid) ?? 'absent', clock);
  const show = (uid: string, as: Shown) => {
    shown.set(uid, as);
    expectations.heard(uid);
  };
  return { clock, expectations, show };
}

test('a creation is expected until the cache shows it', () => {
  const { expectations, show } = expecting();
  expectations.created('ns/a', 'u1');
  expectations.created('ns/a', 'u2');
  show('u1', 'present');
  expect(expectations.met('ns/a')).toBe(false);
  expect(expectations.met('ns/b')).toBe(true);
  show('u2', 'present');
  expect(expectations.met('ns/a')).toBe(true);
});

test('a watch that was faster than the answer leaves nothing to expect', () => {
  const { expectations, show } = expecting();
  show('u1', 'present');
  expectations.created('ns/a', 'u1');
  expect(expectations.met('ns/a')).toBe(true);
});

test('a deletion is expected until the pod is going or gone', () => {
  const { expectations, show } = expecting();
  for (const uid of ['u1', 'u2']) {
    show(uid, 'present');
    expectations.deleted('ns/a', uid);
    show(uid, 'present');
  }
  expect(expectations.met('ns/a')).toBe(false);
  show('u1', 'going');
  show('u2', 'absent');
  expect(expectations.met('ns/a')).toBe(true);
});

test('what was created and deleted before the cache showed it is settled by its end', () => {
  const { expectations, show } = expecting();
  expectations.created('ns/a', 'u1');
  show('u1', 'absent');
  expect(expectations.met('ns/a')).toBe(true);
});

test('what is not shown in time is overdue, and forgotten only when told to', async () => {
  const { clock, expectations } = expecting();
  expectations.created('ns/a', 'u1');
  await clock.advance(4_999);
  expect(expectations.overdue('ns/a')).toBe(false);
  await clock.advance(1);
  expect(expectations.overdue('ns/a')).toBe(true);
  expect(expectations.met('ns/a')).toBe(false);
  expectations.forget('ns/a');
  expect(expectations.met('ns/a')).toBe(true);
});
