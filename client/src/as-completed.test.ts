import { describe, expect, it } from 'vitest';
import type { Future } from './future.ts';
import { clientOf, FakeScheduler } from './testing/fake-scheduler.ts';

const inc = (x: number) => x + 1;
const explode = (what: string): number => {
  throw new RangeError(`no ${what} today`);
};

/** Three tasks, numbered from 1, that run when they are told to. */
async function paused() {
  const fake = new FakeScheduler();
  fake.paused = true;
  const client = clientOf(fake);
  const futures = [client.submit(inc, 1), client.submit(explode, 'luck'), client.submit(inc, 3)];
  await client.counters();
  return { fake, client, futures };
}

describe('futures as their tasks end', () => {
  it('come in that order, those that failed among them', async () => {
    const { fake, client, futures } = await paused();
    const ended = client.asCompleted(futures);
    for (const task of [3, 2, 1]) {
      fake.run(task);
      expect(await ended.next()).toEqual({ done: false, value: futures[task - 1] });
    }
    expect(futures[1]?.status).toBe('failed');
    expect(await ended.next()).toEqual({ done: true, value: undefined });
  });

  it('come to each of those who ask at once, in the order in which they asked', async () => {
    const { fake, client, futures } = await paused();
    const ended = client.asCompleted(futures);
    const asked = [ended.next(), ended.next(), ended.next(), ended.next(), ended.next()];
    for (const task of [2, 1, 3]) fake.run(task);
    const heard = await Promise.all(asked);
    expect(heard.map(({ value }) => value)).toEqual([
      futures[1],
      futures[0],
      futures[2],
      undefined,
      undefined,
    ]);
    expect(heard.map(({ done }) => done)).toEqual([false, false, false, true, true]);
  });

  it('come no more after return, also to those who have asked', async () => {
    const { fake, client, futures } = await paused();
    const ended = client.asCompleted(futures);
    const asked = [ended.next(), ended.next()];
    expect(await ended.return()).toEqual({ done: true, value: undefined });
    expect((await Promise.all(asked)).map(({ done }) => done)).toEqual([true, true]);
    fake.resume();
    await client.wait(futures);
    expect(await ended.next()).toEqual({ done: true, value: undefined });
  });

  it('may be left early', async () => {
    const { fake, client, futures } = await paused();
    const ended = client.asCompleted(futures);
    fake.run(3);
    const seen: Future<number>[] = [];
    for await (const future of ended) {
      seen.push(future);
      break;
    }
    fake.resume();
    await client.wait(futures);
    expect([seen, await ended.next()]).toEqual([[futures[2]], { done: true, value: undefined }]);
  });

  it('say so when one of them was released, after those that have ended', async () => {
    const { fake, client, futures } = await paused();
    const ended = client.asCompleted(futures);
    fake.run(3);
    await client.wait(futures[2]!);
    futures[0]!.release();
    expect((await ended.next()).value).toBe(futures[2]);
    await expect(ended.next()).rejects.toMatchObject({ code: 'released-future' });
  });
});
