import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DataDoors } from './door/port.ts';
import { Uploads } from './uploads.ts';
import { Workers } from './workers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ada = { worker: 7, name: 'ada', address: 'http://ada:1', threads: 1, resources: {} };
const one = (value: number) => Uint32Array.of(value);
const put = { op: 'put', task: one(3), worker: one(7), batch: one(1), index: one(0), sections: [] } as const;

function bringing(doorPut: DataDoors['put']) {
  const workers = new Workers();
  workers.told([ada]);
  const failed = vi.fn();
  const uploads = new Uploads(workers, failed);
  const get = async () => ({ first: 0, count: 1, content: new Uint8Array() });
  uploads.open({ get, put: doorPut, close: () => {}, advice: 'look there' });
  uploads.add(3, [new Uint8Array(1)]);
  return { uploads, workers, failed };
}

it('brings data again until it is there', async () => {
  let attempts = 0;
  const door = vi.fn(async () => {
    if (++attempts < 4) throw new Error('cut');
  });
  const { uploads, failed } = bringing(door);
  uploads.put(put);
  await vi.runAllTimersAsync();
  expect([door.mock.calls.length, failed.mock.calls]).toEqual([4, []]);
});

it('gives up after a while, and says where it was to go', async () => {
  const { uploads, failed } = bringing(async () => {
    throw new Error('no route');
  });
  uploads.put(put);
  await vi.runAllTimersAsync();
  expect(failed.mock.calls).toEqual([[3, expect.objectContaining({ code: 'unreachable', retryable: true })]]);
  expect(failed.mock.calls[0]?.[1].message).toBe(
    'scattered data cannot be brought to worker ada at http://ada:1 (no route): look there',
  );
});

it.each([
  ['nobody wants it any more', ({ uploads }: ReturnType<typeof bringing>) => uploads.forget(3, 1)],
  ['its worker is lost', ({ workers }: ReturnType<typeof bringing>) => workers.told([])],
])('stops when %s', async (_, end) => {
  const door = vi.fn(async () => {
    throw new Error('cut');
  });
  const made = bringing(door);
  made.uploads.put(put);
  end(made);
  await vi.runAllTimersAsync();
  expect([door.mock.calls.length, made.failed.mock.calls]).toEqual([1, []]);
});
