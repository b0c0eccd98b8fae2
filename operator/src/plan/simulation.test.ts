import { describe, expect, test } from 'vitest';
import { Simulation } from '../testing/simulation.ts';

const SEEDS = Number(process.env.SEEDS ?? 500);
const FIRST = Number(process.env.SEED ?? 1);
const STEPS = 60;

const seeds = (count: number) => Array.from({ length: count }, (_, i) => FIRST + i);

describe('whatever happens', () => {
  test(`no plan breaks a rule, and all comes right when it is calm, from ${SEEDS} seeds`, {
    timeout: 120_000,
  }, () => {
    for (const seed of seeds(SEEDS)) {
      const simulation = new Simulation(seed);
      try {
        simulation.run(STEPS);
        if (simulation.world.deleted) continue;
        const last = simulation.calm();
        expect(last.filter(({ kind }) => kind !== 'requeueAfter')).toEqual([]);
        expectSettled(simulation);
      } catch (error) {
        throw new Error(
          `seed ${seed} (SEED=${seed} SEEDS=1): ${error instanceof Error ? error.stack : error}`,
        );
      }
    }
  });
});

const READY = [
  'Accepted=True Accepted',
  'Ready=True Ready',
  'SchedulerReady=True SchedulerReady',
  'WorkersReady=True WorkersReady',
  'Progressing=False Settled',
  'Degraded=False Healthy',
  'Suspended=False Running',
];
const SUSPENDED = [
  'Accepted=True Accepted',
  'Ready=False Suspended',
  'SchedulerReady=False Suspended',
  'WorkersReady=False Suspended',
  'Progressing=False Settled',
  'Degraded=False Healthy',
  'Suspended=True Suspended',
];

function expectSettled({ world }: Simulation): void {
  const { suspend } = world.cluster.spec;
  const { status } = world.cluster;
  const told = (status?.conditions ?? []).map(
    ({ type, status: truth, reason }) => `${type}=${truth} ${reason}`,
  );
  expect(told.join('\n')).toBe((suspend ? SUSPENDED : READY).join('\n'));
  for (const { desired, replicas, ready, updated } of status?.groups ?? []) {
    expect({ replicas, ready, updated }).toEqual({ replicas: desired, ready: desired, updated: desired });
  }
  const wanted = (status?.groups ?? []).reduce((total, { desired }) => total + desired, 0);
  expect(world.workers()).toHaveLength(wanted);
  world.say();
  expect(world.cluster.status).toEqual(status);
}
