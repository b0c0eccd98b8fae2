import { expect, it } from 'vitest';
import { LocalCluster } from '../local/local-cluster.ts';

const LARGE = 8_000_000;

it('a value whose worker dies while it is fetched is computed again', async () => {
  await using cluster = await LocalCluster.start({ workers: 1, threads: 1 });
  const client = cluster.client();
  const value = client.submit((bytes: number) => new Uint8Array(bytes).fill(7), LARGE);
  await client.wait(value);
  const { pid } = cluster.workers[0]!;
  // Its kernel takes the connection, and it does not answer.
  process.kill(pid!, 'SIGSTOP');
  const coming = value.result();
  // What is answered after the value was asked for and found to be with that worker.
  await client.counters();
  process.kill(pid!, 'SIGKILL');
  const bytes = await coming;
  expect([bytes.length, bytes[0], bytes[LARGE - 1]]).toEqual([LARGE, 7, 7]);
  expect(cluster.workers[0]!.pid).not.toBe(pid);
});
