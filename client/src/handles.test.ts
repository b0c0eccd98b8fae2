import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { clientOf, FakeScheduler } from './testing/fake-scheduler.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const inc = (x: number) => x + 1;

/** Collects until these tasks were released; the test's own timeout says that they never are. */
async function releasedBy(fake: FakeScheduler, tasks: number): Promise<number[][]> {
  const rows = () =>
    fake.heardOf('release').flatMap(({ first, count }) => Array.from(first, (at, row) => [at, count[row]!]));
  while (rows().reduce((sum, [, count]) => sum + count!, 0) < tasks) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  return rows();
}

it('a list that nobody holds releases its range, and not before', async () => {
  const fake = new FakeScheduler();
  const client = clientOf(fake);
  const held = client.map(inc, [1, 2]);
  const { touched } = await (async () => {
    const dropped = client.map(inc, [1, 2, 3]);
    expect(await client.gather(dropped)).toEqual([2, 3, 4]);
    return { touched: client.map(inc, [5, 6]).at(1)! };
  })();
  expect(await releasedBy(fake, 3)).toEqual([[3, 3]]);
  // A future of a list keeps the list.
  expect([await touched, touched.status, held.at(0)!.status]).toEqual([7, 'done', 'done']);
});

it('a future that nobody holds is released when nobody waits for it any more', async () => {
  const fake = new FakeScheduler();
  fake.paused = true;
  const client = clientOf(fake);
  const waiting = client.submit(inc, 1).then((value) => value * 10);
  await client.waitForWorkers(1);
  collectGarbage();
  fake.resume();
  expect(await waiting).toBe(20);
  expect(await releasedBy(fake, 1)).toEqual([[1, 1]]);
});

it('futures are released while the iterator that gave them as they ended is held', async () => {
  const fake = new FakeScheduler();
  const client = clientOf(fake);
  const ended = client.asCompleted(client.submit(inc, 0));
  await (async () => {
    let seen = 0;
    for await (const _ of ended) if (++seen < 50) ended.add(client.submit(inc, seen));
  })();
  await releasedBy(fake, 50);
  expect(await ended.next()).toEqual({ done: true, value: undefined });
});
