import { expect, test } from 'vitest';
import { liveInGoodOrder, liveThrough } from './life.ts';

/** More with TASKLOOM_SEEDS=100000; one with TASKLOOM_SEED=17. */
const SEEDS = Number(process.env.TASKLOOM_SEEDS ?? 500);
const ONLY = process.env.TASKLOOM_SEED;
const TIMEOUT = 60_000 + 200 * SEEDS;

function eachSeed(live: (seed: number) => void): void {
  const seeds = ONLY ? [Number(ONLY)] : Array.from({ length: SEEDS }, (_, i) => i + 1);
  for (const seed of seeds) {
    try {
      live(seed);
    } catch (cause) {
      throw new Error(`seed ${seed} (rerun with TASKLOOM_SEED=${seed}): ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

test(`${SEEDS} clusters keep every promise, whatever happens`, { timeout: TIMEOUT }, () => {
  eachSeed(liveThrough);
});

test(`${SEEDS} clusters run nothing twice when workers leave in good order`, { timeout: TIMEOUT }, () => {
  eachSeed((seed) => {
    const world = liveInGoodOrder(seed);
    expect(world.beganAgain()).toEqual([]);
    expect(world.scheduler.retiring.size).toBe(0);
  });
});
