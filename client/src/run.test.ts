import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { LocalCluster } from './local/local-cluster.ts';

describe('a call on each worker', () => {
  let cluster: LocalCluster;
  let client: Client;
  beforeAll(async () => {
    cluster = await LocalCluster.start({ workers: 2, threads: 1 });
    client = cluster.client();
  });
  afterAll(() => cluster.close());

  it('fails when it ends its worker, whose place another takes', async () => {
    const { name } = client.workers[0]!;
    const deadly = client.with({ workers: [name] }).run(() => process.kill(process.pid, 'SIGKILL'));
    await expect(deadly).rejects.toMatchObject({
      name: 'WorkerDiedError',
      code: 'worker-died',
      message: expect.stringContaining(`worker ${name} is gone`),
      taskloom: { worker: name },
    });
    await client.waitForWorkers(2);
    const pids = await client.run(() => process.pid);
    expect(new Set(pids.values())).toEqual(new Set(cluster.workers.map(({ pid }) => pid)));
  });

  it('fails at once where there is no such worker', async () => {
    const names = client.workers.map((worker) => worker.name);
    await expect(client.with({ workers: ['nobody'] }).run(() => 1)).rejects.toMatchObject({
      code: 'bad-option',
      message: `no worker is called nobody: the workers here are ${names.join(', ')}`,
    });
  });
});

it('a task for workers that are not there waits for them, and explain says so', async () => {
  await using cluster = await LocalCluster.start({ inProcess: true, threads: 1 });
  const client = cluster.client();
  const waiting = client.with({ workers: ['nobody', 'no one'] }).submit(() => 1);
  const why = 'none of the workers it may run on is here (nobody, no one); here are local-1';
  expect(await client.explain(waiting)).toContain(why);
  expect(waiting.status).toBe('pending');
  waiting.cancel();
  await expect(waiting).rejects.toThrow('cancelled');
});

it('explain knows of what was cancelled and released just before it was asked', async () => {
  await using cluster = await LocalCluster.start({ inProcess: true, threads: 1 });
  const client = cluster.client();
  const endless = client.submit(() => {
    for (;;);
  });
  expect(await client.explain(endless)).toContain('is on worker local-1');
  endless.cancel();
  expect(await client.explain(endless)).toContain('has failed');
  const done = client.submit(() => 1);
  expect(await done).toBe(1);
  done.release();
  expect(await client.explain(done)).toContain('is not known here: it was released');
});

it('a task that ends each worker on which it runs is left out by gather, or is its error', async () => {
  await using cluster = await LocalCluster.start({ workers: 1, threads: 1 });
  const client = cluster.client();
  const deadly = client.submit(() => process.kill(process.pid, 'SIGKILL'));
  const shape = [deadly, client.submit(() => 1)];
  expect(await client.gather(shape, { errors: 'return' })).toMatchObject([{ code: 'worker-died' }, 1]);
  expect(await client.gather(shape, { errors: 'skip' })).toEqual([1]);
});
