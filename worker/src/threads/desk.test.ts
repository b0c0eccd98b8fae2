import { ErredWhy } from '@taskloom/protocol';
import { expect, test } from 'vitest';
import { playedWorkers } from '../testing/workers.ts';

const { workerWith } = playedWorkers();

/** Objects whose every trap throws: nobody may look at them outside of a try. */
const THROWN = {
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    throw proxy;
  },
  'a proxy that lets nobody look': () => {
    const no = () => {
      throw new Error('do not look');
    };
    throw new Proxy({}, { getPrototypeOf: no, get: no, has: no, ownKeys: no, getOwnPropertyDescriptor: no });
  },
  'an error whose prototype throws': () => {
    const error = new Error('strange');
    Object.setPrototypeOf(
      error,
      new Proxy(Error.prototype, {
        getPrototypeOf: () => {
          throw error;
        },
      }),
    );
    throw error;
  },
} as const;
test.each([1, 4])('whatever is thrown fails its task alone, concurrency %d', async (concurrency) => {
  const scheduler = await workerWith();
  const mark = scheduler.run(() => {
    (globalThis as { mark?: number }).mark = 7;
  });
  await scheduler.result(mark);
  for (const give of Object.values(THROWN)) {
    for (const fails of [give, () => new Promise(give)]) {
      const { why } = await scheduler.failure(scheduler.run(fails as () => unknown, { concurrency }));
      expect(why).toBe(ErredWhy.threw);
    }
  }
  expect(await scheduler.result(scheduler.run(() => (globalThis as { mark?: number }).mark))).toBe(7);
});

test.each([1, 4])(
  'a promise that does not behave ends its task once, concurrency %d',
  async (concurrency) => {
    const scheduler = await workerWith();
    const odd = [
      () =>
        Object.defineProperty(Promise.resolve(1), 'constructor', {
          get: () => {
            throw new RangeError('no constructor');
          },
        }),
      () =>
        Object.defineProperty(Promise.resolve(2), 'then', {
          value: (met: (value: number) => void) => met(2),
        }),
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      () => ({ then: (met: (value: number) => void) => [met(3), met(4)] }),
    ].map((fn) => scheduler.run(fn, { concurrency, count: 3_000 }));
    expect((await scheduler.failure(odd[0]!, 2_999)).error.message).toBe('no constructor');
    expect(await scheduler.result(odd[1]!, 2_999)).toBe(2);
    expect(await scheduler.result(odd[2]!, 2_999)).toBe(3);
    expect(await scheduler.result(scheduler.run(() => 'goes on'))).toBe('goes on');
  },
);
