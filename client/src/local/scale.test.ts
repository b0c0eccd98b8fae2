import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { LocalCluster } from './local-cluster.ts';

// Processes are started one after another.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'taskloom-scale-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Says in a file that it runs, and runs until there is another file. */
const untilTold = (began: string, told: string) => {
  const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs');
  writeFileSync(began, '');
  while (!existsSync(told));
  return process.pid;
};

it('workers that are too many finish what runs, and hand over what only they hold', async () => {
  await using cluster = await LocalCluster.start({ workers: 2, threads: 1 });
  const client = cluster.client();
  const there = client.with({ workers: ['local-2'] });
  const scattered = client.scatter({ a: 1 }, { workers: ['local-2'] });
  const large = there.submit(() => Array.from({ length: 30_000 }, () => process.pid));
  await client.wait([scattered, large]);
  const [began, told] = [join(folder, 'began'), join(folder, 'told')];
  const running = there.submit(untilTold, began, told);
  await eventually(() => existsSync(began)).toBe(true);
  const pid = cluster.workers[1]?.pid;

  const scaled = cluster.scale(1);
  expect(cluster.workers.map(({ name }) => name)).toEqual(['local-1']);
  await eventually(() => client.workers.map(({ name }) => name)).toEqual(['local-1']);
  expect(await client.submit(() => process.pid)).toBe(cluster.workers[0]?.pid);
  writeFileSync(told, '');
  await scaled;
  expect(await running).toBe(pid);
  expect((await large)[0]).toBe(pid);
  expect(await client.submit((x) => x.a, scattered)).toBe(1);
  expect(cluster.workers.map(({ name }) => name)).toEqual(['local-1']);
});

it('one that takes longer than it may is ended, and what it ran runs elsewhere', async () => {
  await using cluster = await LocalCluster.start({ workers: 2, threads: 1 });
  const client = cluster.client();
  const began = [join(folder, 'began-1'), join(folder, 'began-2')];
  const told = join(folder, 'told-both');
  const running = client.map((path: string) => untilTold(path, told), began);
  await eventually(() => began.map((path) => existsSync(path))).toEqual([true, true]);
  await cluster.scale(1, { timeoutMs: 0 });
  writeFileSync(told, '');
  const [stays] = cluster.workers;
  expect(await client.gather(running)).toEqual([stays?.pid, stays?.pid]);
});

it('a task is not to blame for the scaling that ended it, however often', async () => {
  await using cluster = await LocalCluster.start({ workers: 1, threads: 1 });
  const client = cluster.client();
  const runs = join(folder, 'runs');
  mkdirSync(runs);
  const told = join(folder, 'told-at-last');
  const running = client.submit(
    (folder: string, told: string) => {
      const { existsSync, readdirSync, writeFileSync } = process.getBuiltinModule('node:fs');
      writeFileSync(`${folder}/${readdirSync(folder).length}`, '');
      while (!existsSync(told));
      return readdirSync(folder).length;
    },
    runs,
    told,
  );
  // A task that sees its worker die so often fails.
  for (let run = 1; run <= 4; run++) {
    await eventually(() => readdirSync(runs).length).toBe(run);
    await cluster.scale(0);
    expect(cluster.workers).toEqual([]);
    await cluster.scale(1);
  }
  writeFileSync(told, '');
  expect(await running).toBe(5);
});

it('what cannot be meant is refused', async () => {
  await using cluster = await LocalCluster.start({ workers: 0 });
  await expect(cluster.scale(-1)).rejects.toThrow('scale takes how many workers, got -1');
  await expect(cluster.scale(1, { timeoutMs: Number.NaN })).rejects.toThrow(
    'timeoutMs must be a number from 0, got NaN',
  );
});

it('what is under way when the cluster is closed ends', async () => {
  const cluster = await LocalCluster.start({ workers: 1, threads: 1 });
  const scaled = cluster.scale(3).catch((error: Error) => error.message);
  await cluster.close();
  expect([undefined, expect.stringContaining('it was ended before')]).toContainEqual(await scaled);
});
