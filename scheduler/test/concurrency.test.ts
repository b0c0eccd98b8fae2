/** What a worker says in its hello of how many tasks may share a thread is what it is given. */
import { expect, test } from 'vitest';
import { startScheduler } from '../src/start.ts';
import { client, code, submission, worker } from './peers.ts';

test.each([
  ['one that says nothing', {}, 2],
  ['one that says 5', { concurrency: 5 }, 10],
])('%s', async (_, about, tasks) => {
  const scheduler = await startScheduler();
  const hand = await worker(scheduler, { threads: 2, ...about });
  const asker = await client(scheduler);
  asker.send(code('f'));
  asker.send(submission({ first: 1, count: 100 }));
  // Of what is not known, one task for each slot goes out at once.
  expect((await hand.said('run')).count[0]).toBe(tasks);
  await scheduler.close();
});
