// piscina: a pool of threads in the caller's process. It has no scheduler of its own, no network, no
// dependencies between tasks and no recovery, so only the works that a pool can do are asked of it.
import assert from 'node:assert/strict';
import { Piscina } from 'piscina';
import { percentile } from '../statistics.ts';
import { countForMs, idealSeconds } from '../work.ts';
import { about, figure, question, timed, workOf } from './speak.ts';

const TASKS = new URL('./piscina_tasks.ts', import.meta.url).href;
const CONCURRENCY: Readonly<Record<string, number>> = { default: 1, concurrent: 8 };

async function runAll(pool: Piscina, size: number): Promise<number[]> {
  return Promise.all(Array.from({ length: size }, (_, i) => pool.run(i)));
}

async function emptyMap(pool: Piscina, size: number): Promise<void> {
  await runAll(pool, 5000);
  const { seconds, answer } = await timed(() => runAll(pool, size));
  assert.equal(answer.at(-1), size);
  figure('map.rate', size / seconds);
}

async function roundTrip(pool: Piscina, size: number): Promise<void> {
  await runAll(pool, 1000);
  const samplesMs: number[] = [];
  for (let i = 0; i < size; i++) samplesMs.push((await timed(() => pool.run(i))).seconds * 1000);
  figure('roundtrip.p50', percentile(samplesMs, 0.5));
  figure('roundtrip.p99', percentile(samplesMs, 0.99));
}

async function fixedWork(pool: Piscina, size: number): Promise<void> {
  const count = countForMs(1);
  const runBusy = (calls: number) =>
    Promise.all(Array.from({ length: calls }, () => pool.run(count, { name: 'busy' })));
  const before = await idealSeconds(count, size);
  await runBusy(200);
  const { seconds } = await timed(() => runBusy(size));
  const ideal = (before + (await idealSeconds(count, size))) / 2;
  figure('fixed.efficiency', ideal / seconds);
  figure('fixed.kernel', (ideal / (size / 2)) * 1000);
}

async function start(pool: Piscina, began: number): Promise<void> {
  assert.equal(await pool.run(1), 2);
  figure('start.seconds', (performance.now() - began) / 1000);
}

const { mode, work, size } = question();
about({ piscina: Piscina.version, node: process.versions.node });
const began = performance.now();
const pool = new Piscina({
  filename: TASKS,
  minThreads: 2,
  maxThreads: 2,
  concurrentTasksPerWorker: workOf(CONCURRENCY, mode),
});
const works = { map: emptyMap, roundtrip: roundTrip, fixed: fixedWork, start: () => start(pool, began) };
await workOf<(pool: Piscina, size: number) => Promise<void>>(works, work)(pool, size);
await pool.destroy();
