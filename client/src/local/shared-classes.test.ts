/** Results of a class that closes over much: blocks of them are large, and hold several. */
import { expect, it } from 'vitest';
import { LocalCluster } from './local-cluster.ts';

const TABLE = Array.from({ length: 50_000 }, (_, i) => i + 0.5);
const COUNT = 300;

class Reading {
  readonly at: number;
  readonly seen: number[] = [];
  constructor(at: number) {
    this.at = at;
  }
  get value(): number | undefined {
    return TABLE[this.at];
  }
}

const rows = Array.from({ length: COUNT }, (_, i) => i);
const values = rows.map((i) => i + 0.5);

it('has its class and what that closes over, here and where it is needed, asked for together or one by one', async () => {
  await using cluster = await LocalCluster.start({ workers: 2, threads: 1 });
  const client = cluster.client();
  const readings = client.map((i: number) => new Reading(i), rows);
  expect((await readings.at(200)!).value).toBe(200.5);
  const all = await client.gather(readings);
  expect(all.every((reading) => reading instanceof Reading)).toBe(true);
  expect(all.map(({ value }) => value)).toEqual(values);
  expect(new Set(all.map(({ seen }) => seen)).size).toBe(COUNT);
  expect(await client.gather(client.map((reading: Reading) => reading.value, readings))).toEqual(values);
});
