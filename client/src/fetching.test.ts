import type { StoredBlock } from '@taskloom/protocol/door';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DataDoors } from './door/port.ts';
import { type Fetched, Fetching } from './fetching.ts';
import { Workers } from './workers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const block = { first: 0, count: 1, content: Uint8Array.of(1) };
const place = { worker: 7, batch: 1, index: 0, bytes: 100_000 };

/** A fetching that asks again at once wherever it is told to; gives what it came to. */
async function outcomeOf(get: DataDoors['get'], workers = [{ worker: 7, name: 'ada' }]) {
  const known = new Workers();
  known.told(workers.map((one) => ({ ...one, address: 'http://ada:1', threads: 1, resources: {} })));
  const fetching = new Fetching(known, { get, put: async () => {}, close: () => {}, advice: 'look there' });
  const outcome = new Promise<StoredBlock | Error>((resolve) => {
    const fetched: Fetched = {
      arrived: resolve,
      failed: resolve,
      again: () => void fetching.fetch(1, place, fetched),
    };
    fetched.again();
  });
  await vi.runAllTimersAsync();
  return outcome;
}

it('asks again until the value is there', async () => {
  let attempts = 0;
  const get = async () => {
    if (++attempts < 4) throw new Error('not here');
    return block;
  };
  expect(await outcomeOf(get)).toEqual(block);
});

it('gives up after a while, and says where the value was', async () => {
  const get = vi.fn(async () => {
    throw new Error('no route');
  });
  const error = await outcomeOf(get);
  expect(error).toMatchObject({ code: 'unreachable', retryable: true });
  expect((error as Error).message).toContain(
    'worker ada at http://ada:1 cannot be fetched (no route): look there',
  );
  expect(get.mock.calls.length).toBe(10);
});

it('gives up on a worker that is nowhere', async () => {
  expect(await outcomeOf(async () => block, [])).toMatchObject({
    message: expect.stringContaining('worker 7 at an address not known here'),
  });
});
