import { describe, expect, test } from 'vitest';
import { LeaseStore } from '../../testing/lease-store.ts';
import { settled, VirtualClock } from '../../testing/virtual-clock.ts';
import { ApiError } from '../errors.ts';
import { Elector } from './elector.ts';
import type { Fence } from './fence.ts';

class Replica {
  readonly clock: VirtualClock;
  readonly stop = new AbortController();
  readonly ended: Promise<void>;
  fence: Fence | undefined;
  reachable = true;
  /** How long the work goes on after it was told to end, in milliseconds. */
  lingersMs = 0;

  constructor(store: LeaseStore, identity: string, clock: VirtualClock) {
    this.clock = clock;
    const kube = store.seenBy(async () => {
      if (!this.reachable) throw new ApiError('unreachable', 'connect ECONNREFUSED');
    });
    const elector = new Elector({
      kube,
      identity,
      clock,
      random: () => 0.5,
      namespace: 'system',
      name: 'operator',
    });
    this.ended = elector.run((fence) => this.#lead(fence), this.stop.signal);
  }

  /** As a write would find out. */
  get leads(): boolean {
    try {
      this.fence?.check();
      return this.fence !== undefined;
    } catch {
      return false;
    }
  }

  #lead(fence: Fence): Promise<void> {
    this.fence = fence;
    return new Promise((resolve) => {
      const end = () => this.clock.after(this.lingersMs, resolve);
      fence.signal.addEventListener('abort', end, { once: true });
      this.stop.signal.addEventListener('abort', end, { once: true });
    });
  }
}

function replicas() {
  const store = new LeaseStore();
  const clock = new VirtualClock();
  return { store, clock, replica: (identity: string) => new Replica(store, identity, clock) };
}

test('the first to come leads, the second waits', async () => {
  const { clock, replica, store } = replicas();
  const a = replica('a');
  await settled();
  const b = replica('b');
  await clock.advance(120_000);
  expect([a.leads, b.leads]).toEqual([true, false]);
  expect(store.lease?.spec).toMatchObject({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    leaseTransitions: 0,
  });
  expect(new Set(store.writes)).toEqual(new Set(['a']));
});

test('a leader that ends gives the lease back after its work, and the other takes over with its next try', async () => {
  const { clock, replica, store } = replicas();
  const a = replica('a');
  await settled();
  const b = replica('b');
  a.lingersMs = 30_000;
  a.stop.abort();
  await clock.advance(29_900);
  expect(store.lease?.spec?.holderIdentity).toBe('a');
  expect([a.leads, b.leads]).toEqual([true, false]);
  await clock.advance(2_500);
  await a.ended;
  expect([a.leads, b.leads]).toEqual([false, true]);
  expect(store.lease?.spec?.leaseTransitions).toBe(1);
});

test('a leader that is cut off stops before anybody may take over, and follows when it is back', async () => {
  const { clock, replica, store } = replicas();
  const a = replica('a');
  await settled();
  const b = replica('b');
  await clock.advance(30_000);
  a.reachable = false;
  let stoppedAt = 0;
  let takenAt = 0;
  for (let ms = 0; ms < 25_000; ms += 100) {
    await clock.advance(100);
    expect(a.leads && b.leads).toBe(false);
    if (!a.leads && stoppedAt === 0) stoppedAt = ms;
    if (b.leads && takenAt === 0) takenAt = ms;
  }
  expect(stoppedAt).toBeLessThanOrEqual(10_000);
  expect(takenAt).toBeGreaterThan(stoppedAt + 2_000);
  expect(takenAt).toBeLessThan(20_000);
  a.reachable = true;
  await clock.advance(60_000);
  expect([a.leads, b.leads]).toEqual([false, true]);
  expect(store.lease?.spec?.holderIdentity).toBe('b');
});

test('a leader that the API server forgot for a while leads again when nobody else does', async () => {
  const { clock, replica } = replicas();
  const a = replica('a');
  await settled();
  a.reachable = false;
  await clock.advance(60_000);
  expect(a.leads).toBe(false);
  a.reachable = true;
  await clock.advance(3_000);
  expect(a.leads).toBe(true);
});

test('a time written by a clock that is wrong makes nobody take the lease', async () => {
  const { clock, replica, store } = replicas();
  const a = replica('a');
  await settled();
  clock.sleepThrough(-3_600_000);
  const b = replica('b');
  await clock.advance(60_000);
  expect([a.leads, b.leads]).toEqual([true, false]);
  expect(new Set(store.writes)).toEqual(new Set(['a']));
});

describe('a fence falls by itself', () => {
  test('when the process did nothing for longer than the lease, though no timer has run yet', async () => {
    const { clock, replica } = replicas();
    const a = replica('a');
    await settled();
    clock.freeze(10_001);
    expect(() => a.fence?.check()).toThrow('stopped leading: the lease was not renewed in time');
  });

  test('when the machine slept and only the clock on the wall knows', async () => {
    const { clock, replica } = replicas();
    const a = replica('a');
    await settled();
    clock.sleepThrough(10_001);
    expect(() => a.fence?.check()).toThrow('stopped leading');
  });
});

test('two that come at the same moment: one of them leads', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { clock, replica } = replicas();
    const both = [replica('a'), replica('b')];
    await clock.advance(seed * 10);
    expect(both.filter(({ leads }) => leads)).toHaveLength(1);
  }
});

test('times that cannot work are refused', () => {
  const kube = new LeaseStore().seenBy(async () => {});
  const about = { kube, namespace: 'n', name: 'n', identity: 'a' };
  expect(() => new Elector({ ...about, renewMs: 15_000 })).toThrow('a lease must last longer');
});
