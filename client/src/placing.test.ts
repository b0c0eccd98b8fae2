import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './client.ts';
import { LocalCluster } from './local/local-cluster.ts';

const forever = () => {
  for (;;);
};

describe('on a cluster, options say', () => {
  let cluster: LocalCluster;
  let client: Client;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'taskloom-placing-'));
    cluster = await LocalCluster.start({ workers: 2, threads: 2, resources: { GPU: 1, disks: 2.5 } });
    client = cluster.client();
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(directory, { recursive: true });
  });

  it('on which workers tasks run', async () => {
    const [first, second] = cluster.workers;
    const pidOf = (_: number) => process.pid;
    const ran = (workers: string[]) =>
      client.gather(client.with({ workers }).map(pidOf, Array(50).fill(0))).then((pids) => new Set(pids));
    expect(await ran([second!.name])).toEqual(new Set([second!.pid]));
    expect(await ran([first!.name, 'nobody'])).toEqual(new Set([first!.pid]));
  });

  it('what of a worker a task takes, which nobody else has meanwhile', async () => {
    const { name } = cluster.workers[0]!;
    const here = client.with({ workers: [name] });
    const withGpu = here.with({ resources: { GPU: 1, disks: 0.5 } });
    const running = withGpu.submit(forever);
    const next = withGpu.submit(() => 'its turn');
    expect(await here.submit(() => 'beside it')).toBe('beside it');
    expect(await client.explain(next)).toContain(
      'is ready and waits for resources that other tasks have now',
    );
    expect(next.status).toBe('pending');
    running.cancel();
    expect(await next).toBe('its turn');
  });

  it('what no worker has, so that explain says it', async () => {
    const greedy = client.with({ resources: { GPU: 2, TPU: 1 } }).submit(() => 1);
    expect(await client.explain(greedy)).toContain('no worker has GPU: 2, TPU: 1');
    greedy.cancel();
    await expect(greedy).rejects.toThrow('cancelled');
  });

  it('what goes first where many wait', async () => {
    await using narrow = await LocalCluster.start({ inProcess: true, threads: 1 });
    const alone = narrow.client();
    const gate = join(directory, 'gate');
    const blocking = alone.submit((path: string) => {
      while (!existsSync(path));
    }, gate);
    const turn = (_: number) => {
      const shared = globalThis as { turns?: number };
      shared.turns = (shared.turns ?? 0) + 1;
      return shared.turns;
    };
    const ordinary = alone.map(turn, Array(200).fill(0));
    const low = alone.with({ priority: -1 }).submit(turn, 0);
    const high = alone.with({ priority: 1 }).submit(turn, 0);
    await alone.counters();
    writeFileSync(gate, '');
    await blocking;
    const [turns, last, first] = await alone.gather([ordinary, low, high]);
    expect(last).toBe(202);
    expect(first).toBeLessThan(Math.max(...turns));
  });

  it('how many async tasks share a thread', async () => {
    const together = (_: number) =>
      new Promise<number>((resolve) => {
        const shared = globalThis as { waiting?: ((count: number) => void)[] };
        shared.waiting ??= [];
        const { waiting } = shared;
        waiting.push(resolve);
        // All of them wait for the last.
        if (waiting.length === 4) for (const each of waiting.splice(0)) each(4);
      });
    await using narrow = await LocalCluster.start({ inProcess: true, threads: 1 });
    const alone = narrow.client().with({ concurrency: 4 });
    expect(await alone.gather(alone.map(together, Array(8).fill(0)))).toEqual(Array(8).fill(4));
  });
});
