import { startScheduler } from '@taskloom/scheduler';
import { startWorker } from '@taskloom/worker';
import { expect, it } from 'vitest';
import { Client } from './client.ts';

const NAME = '__proto__';

it('a function and a worker may have the name of what every object has', async () => {
  const scheduler = await startScheduler();
  const { address, tokens } = scheduler;
  const worker = await startWorker({ address, token: tokens.worker, name: NAME, threads: 1 });
  const client = await Client.connect(address, { token: tokens.client });
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text) };
  const named = <F extends object>(fn: F): F => Object.defineProperty(fn, 'name', { value: NAME });
  const inc = named((x: number) => x + 1);

  expect((await client.waitForWorkers(1)).map(({ name }) => name)).toEqual([NAME]);
  expect(await client.run(inc, 1)).toEqual(new Map([[NAME, 2]]));
  const list = client.with({ workers: [NAME], key: NAME }).map(inc, [1, 2]);
  expect(await client.progress(list, { stream })).toEqual({ ended: 2, failed: 0 });
  expect(lines).toContain('__proto__: 2/2\n');
  expect(await client.gather(list)).toEqual([2, 3]);
  const task = named(() => {
    throw new Error('no luck');
  });
  await expect(client.submit(task)).rejects.toMatchObject({ taskloom: { task: NAME, worker: NAME } });
  expect(await client.explain(list[0]!)).toMatch(/^__proto__ \(task \d+\) .* worker __proto__/);
  // The one that failed is not counted.
  const counted = JSON.stringify(await client.counters());
  expect(counted).toContain('"name":"__proto__","tasks":{"__proto__":3}');

  await client.close();
  await worker.close();
  await scheduler.close();
});
