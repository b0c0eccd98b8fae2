import { describe, expect, it } from 'vitest';
import { type Clock, foreignCoresDuring, waitForQuiet } from './quiet.ts';

/** A machine on which strangers use so many cores from one moment to the next. */
function machine(coresAt: (ms: number) => number | undefined): Clock & { readonly slept: () => number } {
  let now = 0;
  let used = 0;
  return {
    nowMs: () => now,
    sleep: async (ms) => {
      used += ((coresAt(now) ?? 0) * ms) / 1000;
      now += ms;
    },
    foreignCpuSeconds: () => (coresAt(now) === undefined ? undefined : used),
    slept: () => now,
  };
}

describe('waiting for quiet', () => {
  it('ends at the first quiet look', async () => {
    const clock = machine((ms) => (ms < 1000 ? 0.9 : 0));
    expect(await waitForQuiet(8000, clock)).toBe(true);
    expect(clock.slept()).toBe(1200);
  });

  it('gives up at its limit where it never becomes quiet', async () => {
    const clock = machine(() => 1.5);
    expect(await waitForQuiet(8000, clock)).toBe(false);
    expect(clock.slept()).toBe(8000);
  });

  it('does not wait where the system does not tell', async () => {
    const clock = machine(() => undefined);
    expect(await waitForQuiet(8000, clock)).toBe(true);
    expect(clock.slept()).toBe(200);
  });
});

describe('foreign cores', () => {
  it('are what strangers used while the action ran', async () => {
    const clock = machine(() => 0.5);
    const { answer, foreign } = await foreignCoresDuring(async () => {
      await clock.sleep(3000);
      return 'done';
    }, clock);
    expect({ answer, foreign }).toEqual({ answer: 'done', foreign: 0.5 });
  });
});
