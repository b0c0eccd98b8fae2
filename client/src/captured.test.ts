/** A client that captures other data with each call, for as long as it is open. */
import { startScheduler } from '@taskloom/scheduler';
import { DoorDirectory, startWorker } from '@taskloom/worker';
import { expect, it } from 'vitest';
import { Client } from './client.ts';
import { openSession } from './connect.ts';
import { SENT_CODE_BYTES } from './core/sent-code.ts';
import { Keys } from './keys.ts';

const DATA_BYTES = 4 * 1024 * 1024;
const CALLS = 40;

it('leaves no more at the scheduler and at workers than a client counts on', async () => {
  const scheduler = await startScheduler({ memory: true });
  const connect = async () => scheduler.connectMemory();
  const { worker: token, client: ours } = scheduler.tokens;
  const worker = await startWorker({ connect, token, doors: new DoorDirectory(), name: 'w1', threads: 1 });
  const session = openSession(
    'memory:',
    Promise.resolve({ connection: scheduler.connectMemory(), token: ours }),
    {},
  );
  const client = new Client({ session, keys: new Keys(), closing: async () => {} });
  let most = 0;
  for (let call = 0; call < CALLS; call++) {
    const data = new Uint8Array(DATA_BYTES).fill(call);
    const future = client.submit(() => data.at(-1));
    expect(await future).toBe(call);
    future.release();
    most = Math.max(most, worker.figures().codeBytes);
  }
  expect(CALLS * DATA_BYTES).toBeGreaterThan(2 * SENT_CODE_BYTES);
  // What was let go last is forgotten with the next orders.
  expect(most).toBeLessThan(SENT_CODE_BYTES + 2 * DATA_BYTES);
  await client.close();
  await worker.close();
  await scheduler.close();
});
