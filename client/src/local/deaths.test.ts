import { execFileSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { isAlive } from '../testing/script.ts';
import { LocalCluster } from './local-cluster.ts';

// Processes are started one after another.
vi.setConfig({ testTimeout: 60_000 });

it('a worker that takes the place of one that died has its name', async () => {
  await using cluster = await LocalCluster.start({ workers: 2, threads: 1 });
  const client = cluster.client();
  const [first, second] = cluster.workers;
  const there = client.with({ workers: ['local-1'] });
  process.kill(first?.pid as number, 'SIGKILL');
  // What may run nowhere else runs once it is there.
  expect(await there.submit(() => process.pid)).toBe(
    cluster.workers.find(({ name }) => name === 'local-1')?.pid,
  );
  expect(cluster.workers.map(({ name }) => name).sort()).toEqual(['local-1', 'local-2']);
  expect(cluster.workers.find(({ name }) => name === 'local-2')).toBe(second);
  await expect(there.submit(() => process.kill(process.pid, 'SIGKILL'))).rejects.toMatchObject({
    code: 'worker-died',
  });
});

it('a worker that dies as it starts is started again, and that is what is said', async () => {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  await using cluster = await LocalCluster.start({ workers: 1, threads: 1 });
  const client = cluster.client();
  const [first] = cluster.workers;
  process.kill(first?.pid as number, 'SIGKILL');
  await vi.waitUntil(() => cluster.workers[0] && cluster.workers[0] !== first, { interval: 0 });
  process.kill(cluster.workers[0]?.pid as number, 'SIGKILL');
  expect(await client.submit(() => 'there')).toBe('there');
  spy.mockRestore();
  expect(said).toEqual([
    'taskloom: the worker local-1 of the local cluster did not start: it ended with SIGKILL; it is started again\n',
  ]);
});

it('a cluster whose scheduler dies says so once, starts nothing more, and whoever waits hears what to do', async () => {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const cluster = await LocalCluster.start({ workers: 2, threads: 1 });
  const client = cluster.client();
  const endless = client.submit(() => {
    for (;;);
  });
  const waiting = [
    client.gather([endless]),
    client.waitForWorkers(3),
    client.counters(),
    endless.exception(),
  ];
  const processes = [...cluster.workers];
  process.kill(schedulerPid(), 'SIGKILL');
  const lost = {
    code: 'connection-lost',
    message: expect.stringMatching(
      /; the scheduler of this local cluster is gone, and what was not fetched is lost with it: start a new cluster$/,
    ),
  };
  for (const promise of waiting) await expect(promise).rejects.toMatchObject(lost);
  expect(() => client.submit(() => 1)).toThrow(expect.objectContaining(lost));
  await expect(client.waitForWorkers(1)).rejects.toMatchObject(lost);
  await eventually(() => cluster.workers).toEqual([]);
  await eventually(() => processes.filter(({ pid }) => isAlive(pid))).toEqual([]);

  const ended = {
    code: 'closed',
    message: 'the scheduler of this cluster ended with SIGKILL: start a new cluster',
  };
  expect(() => cluster.client()).toThrow(expect.objectContaining(ended));
  await expect(cluster.scale(3)).rejects.toMatchObject(ended);
  await client.close();
  await cluster.close();
  expect(children()).toEqual([]);
  spy.mockRestore();
  expect(said).toEqual([
    'taskloom: the scheduler of the local cluster ended with SIGKILL: start a new cluster\n',
  ]);
});

/** Processes that this one has started: pid and command line. */
function children(): string[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return lines
    .trim()
    .split('\n')
    .filter((line) => line.includes('-main'));
}

function schedulerPid(): number {
  return Number.parseInt(children().find((line) => line.includes('scheduler-main')) ?? '', 10);
}
