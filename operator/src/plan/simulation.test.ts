import { describe, expect, test } from 'vitest';
import { dispensable } from '../desired/budget.ts';
import { type Worker, workerOf } from '../observed/worker.ts';
import { Simulation } from '../testing/simulation.ts';

const SEEDS = Number(process.env.SEEDS ?? 500);
const FIRST = Number(process.env.SEED ?? 1);
const STEPS = 60;
/** One after the other is looked at in all its moments. */
const ROLLS = Math.ceil(SEEDS / 50);

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

describe('while the image changes and nothing goes wrong', () => {
  /** One that has a client, whose workers are all ready and are now to be others. */
  const settled = (seed: number) => {
    const [replicas, others] = [1 + (seed % 9), seed % 5];
    const spec = {
      workers: { replicas },
      workerGroups: [{ name: 'gpu', replicas: others }],
      idle: undefined,
    };
    const simulation = new Simulation(seed, spec);
    simulation.calm();
    simulation.world.clients = 1;
    simulation.world.edit({ image: 'acme/worker:9' });
    return simulation;
  };
  const workersOf = ({ world }: Simulation) => {
    const { scheduler } = world.observe();
    return world.workers().map((pod) => workerOf(pod, scheduler));
  };
  const isNew = ({ pod }: Worker) => pod.spec?.containers[0]?.image === 'acme/worker:9';
  /** In each group: those that take work, in the world itself, whatever the operator has seen of them. */
  const expectReady = (workers: readonly Worker[], least: ReadonlyMap<string, number>) => {
    const ready = workers.filter(({ state }) => state === 'ready');
    for (const [name, count] of least) {
      const there = ready.filter(({ group }) => group === name).length;
      expect(there, `ready in ${name}`).toBeGreaterThanOrEqual(count);
    }
  };

  test.each([
    ['never fewer are ready than are wanted', Number.POSITIVE_INFINITY, (wanted: number) => wanted],
    [
      'never fewer are ready than are wanted but for a quarter, when there is no room',
      0,
      (wanted: number) => wanted - dispensable(wanted),
    ],
  ])('%s, and all are new in the end', (_, room, leastOf) => {
    for (const seed of seeds(ROLLS)) {
      const simulation = settled(seed);
      const { world } = simulation;
      const { groups } = world.desired();
      const wanted = new Map(groups.map(({ name, replicas }) => [name, replicas]));
      const least = new Map(groups.map(({ name, replicas }) => [name, leastOf(replicas)]));
      world.refuses = (group, pods) =>
        pods.length >= (wanted.get(group) ?? 1) + room ? 'exceeded quota' : undefined;
      simulation.goOn(() => {
        const workers = workersOf(simulation);
        expectReady(workers, least);
        expectInTurn(workers);
        return workers.every(isNew);
      });
    }
  });

  /** The second group has to wait until nobody in the first takes work who is not as the spec says. */
  function expectInTurn(workers: readonly Worker[]): void {
    const isActive = ({ state }: Worker) => state === 'ready' || state === 'starting';
    const begun = workers.some((worker) => worker.group === 'gpu' && isNew(worker));
    const left = workers.filter(({ group }) => group === 'default').filter(isActive);
    if (begun) expect(left.every(isNew)).toBe(true);
  }
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
