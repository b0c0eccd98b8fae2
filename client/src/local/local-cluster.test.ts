import { describe, expect, it } from 'vitest';
import { clientContract } from '../testing/client-contract.ts';
import { LocalCluster } from './local-cluster.ts';

clientContract(
  'a client of an in-process cluster',
  () => LocalCluster.start({ inProcess: true, threads: 2 }),
  {
    workers: true,
  },
);
clientContract('a client of a cluster of processes', () => LocalCluster.start({ workers: 2, threads: 1 }), {
  workers: true,
});

/** Throws when there is no such process. */
const isAlive = (pid: number | undefined) => {
  try {
    return process.kill(pid as number, 0);
  } catch {
    return false;
  }
};

describe('a local cluster', () => {
  it('ends its processes when it is closed, and again is the same', async () => {
    const cluster = await LocalCluster.start({ workers: 2, threads: 1, name: 'loom' });
    const workers = [...cluster.workers];
    expect(workers.map(({ name }) => name)).toEqual(['loom-1', 'loom-2']);
    expect(workers.map(({ pid }) => isAlive(pid))).toEqual([true, true]);
    const client = cluster.client();
    await Promise.all([cluster.close(), cluster.close()]);
    expect(workers.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
    await expect(client.gather(client.workers)).resolves.toEqual([]);
    expect(() => client.submit(() => 1)).toThrow('closed');
    expect(() => cluster.client()).toThrow('start a new one');
  });

  it('gets and loses workers by scale', async () => {
    await using cluster = await LocalCluster.start({ workers: 1, threads: 1, env: { LOOM: 'warp' } });
    const client = cluster.client();
    await cluster.scale(2);
    await client.waitForWorkers(2);
    expect([...(await client.run(() => process.env.LOOM)).values()]).toEqual(['warp', 'warp']);
    await cluster.scale(1);
    expect(cluster.workers.map(({ name }) => name)).toEqual(['local-1']);
  });

  it('replaces a worker that dies: a task that kills its worker fails at the third death, and work goes on', async () => {
    await using cluster = await LocalCluster.start({ workers: 1, threads: 1 });
    const client = cluster.client();
    const [before] = cluster.workers;
    const deadly = client.submit(() => process.kill(process.pid, 'SIGKILL'));
    await expect(deadly).rejects.toMatchObject({ name: 'WorkerDiedError', code: 'worker-died' });
    expect(await client.submit((x: number) => x + 1, 1)).toBe(2);
    expect(cluster.workers).toHaveLength(1);
    expect(cluster.workers[0]?.pid).not.toBe(before?.pid);
  });

  it('lets a task be a client of its own, to which futures that the task captured are their values', async () => {
    await using cluster = await LocalCluster.start({ threads: 2 });
    const client = cluster.client();
    const two = client.submit(() => 2);
    const list = client.map((x: number) => x, [3, 4]);
    const { address, token } = cluster;
    const nested = async () => {
      const { Client } = await import('@taskloom/client');
      await using inner = await Client.connect(address, { token });
      const sums = inner.map((x: number, y: number) => x + y, list, [two, two]);
      return [await inner.submit((x: number) => x + 1, two), await inner.gather({ two, list, sums })];
    };
    expect(await client.submit(nested)).toEqual([3, { two: 2, list: [3, 4], sums: [5, 6] }]);
  });

  it('says why it did not start', async () => {
    const failing = LocalCluster.start({ env: { NODE_OPTIONS: '--no-such-flag' } });
    await expect(failing).rejects.toMatchObject({
      code: 'start-failed',
      message: expect.stringMatching(
        /^the worker local-1 of the local cluster did not start: .*no-such-flag/s,
      ),
    });
    await expect(LocalCluster.start({ threads: 0 })).rejects.toThrow(
      'threads must be a whole number from 1, got 0',
    );
    await expect(LocalCluster.start({ concurrency: 1025 })).rejects.toThrow(
      'concurrency must be a whole number from 1 to 1024, got 1025',
    );
    await expect(LocalCluster.start({ cores: 1 } as never)).rejects.toThrow('no option "cores"');
  });
});
