import { expect, test } from 'vitest';
import { Simulation } from '../testing/simulation.ts';

const SEEDS = Number(process.env.SEEDS ?? 300);
const FIRST_SEED = Number(process.env.SEED ?? 1);

test('whatever happens, every task that was sent has exactly one end, and the invariants hold', () => {
  let ended = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const simulation = new Simulation(seed);
    try {
      simulation.run(300);
      simulation.settle();
    } catch (cause) {
      throw new Error(`SEED=${seed} SEEDS=1:\n${simulation.log.slice(-6).join('\n')}`, { cause });
    }
    expect(simulation.open(), `SEED=${seed} SEEDS=1`).toEqual([]);
    ended += simulation.ends.size;
  }
  expect(ended).toBeGreaterThan(SEEDS * 10);
}, 60_000);
