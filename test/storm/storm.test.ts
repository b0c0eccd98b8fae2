import { LocalCluster } from '@taskloom/client';
import { expect, it, vi } from 'vitest';
import { Storm } from './storm.ts';

/** More with TASKLOOM_SEEDS=100; one with TASKLOOM_SEED=17. */
const SEEDS = Number(process.env.TASKLOOM_SEEDS ?? 3);
const ONLY = process.env.TASKLOOM_SEED;
const DEEDS = 150;

const seeds = ONLY ? [Number(ONLY)] : Array.from({ length: SEEDS }, (_, i) => i + 1);

vi.setConfig({ testTimeout: 120_000 });

it.each(seeds)('processes that are killed and replaced lose nothing (TASKLOOM_SEED=%i)', async (seed) => {
  const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await using cluster = await LocalCluster.start({
    workers: 1 + (seed % 3),
    threads: 1 + (seed % 2),
    resources: { GPU: 1 },
  });
  await new Storm(cluster, seed, { mayKill: true }).blow(DEEDS);
  spy.mockRestore();
});

it.each(seeds)('threads of this process that share tasks lose nothing (TASKLOOM_SEED=%i)', async (seed) => {
  await using cluster = await LocalCluster.start({
    inProcess: true,
    threads: 2,
    concurrency: 1 + (seed % 3),
    resources: { GPU: 1 },
  });
  await new Storm(cluster, seed, { mayKill: false }).blow(DEEDS);
  expect(cluster.workers).toHaveLength(1);
});
