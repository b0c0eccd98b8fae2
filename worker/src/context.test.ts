import { describe, expect, test } from 'vitest';
import { context } from './context.ts';
import { playedWorkers } from './testing/workers.ts';

const { workerWith } = playedWorkers();

test('context says which task it is, also where tasks share the thread', async () => {
  const scheduler = await workerWith();
  const who = async () => {
    await Promise.resolve();
    const { attempt, task, worker } = context();
    return { attempt, task, worker: { name: worker.name, number: worker.number } };
  };
  const said = { attempt: 2, task: 'who', worker: { name: 'w1', number: 1 } };
  expect(await scheduler.result(scheduler.run(who, { attempt: 2 }))).toEqual(said);
  expect(await scheduler.result(scheduler.run(who, { attempt: 2, concurrency: 8 }))).toEqual(said);
  expect(() => context()).toThrow('inside a task only');
});

describe('what is loaded once', () => {
  interface Loads {
    loads?: string[];
  }

  test.each([1, 4])('is loaded once for each key, concurrency %d', async (concurrency) => {
    const scheduler = await workerWith();
    const load = async (key: string) => {
      const here = globalThis as Loads;
      here.loads ??= [];
      const box = await context().once(key, async () => {
        here.loads?.push(key);
        await new Promise((resolve) => setImmediate(resolve));
        return { key };
      });
      return [box.key, here.loads];
    };
    const keys = ['a', 'b', 'a', 'b', 'a'];
    const batch = scheduler.run(load, { count: keys.length, args: [keys], concurrency });
    await scheduler.until(() => scheduler.results.size === keys.length);
    for (const [index, key] of keys.entries())
      expect(await scheduler.result(batch, index)).toMatchObject([key, expect.any(Array)]);
    expect(await scheduler.result(batch, 4)).toEqual(['a', ['a', 'b']]);
  });

  test('is an object that lives in the thread, the same for all who ask', async () => {
    const scheduler = await workerWith();
    const count = () => {
      const box = context().once('box', () => ({ asked: 0 }));
      return ++box.asked;
    };
    const batch = scheduler.run(count, { count: 3 });
    await scheduler.until(() => scheduler.results.size === 3);
    expect(await scheduler.result(batch, 2)).toBe(3);
  });

  const failing = {
    throws: () => {
      throw new Error('not yet');
    },
    rejects: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('not yet');
    },
  } as const;
  test.each(Object.keys(failing))('is tried again when its factory %s', async (how) => {
    const scheduler = await workerWith();
    const fail = failing[how as keyof typeof failing];
    const load = async () => {
      const here = globalThis as { tries?: number };
      return context().once<unknown>('model', () => {
        here.tries = (here.tries ?? 0) + 1;
        return here.tries <= 2 ? fail() : { tries: here.tries };
      });
    };
    for (const _ of [1, 2]) {
      const { error } = await scheduler.failure(scheduler.run(load));
      expect(error.message).toBe('not yet');
    }
    for (const _ of [1, 2]) expect(await scheduler.result(scheduler.run(load))).toEqual({ tries: 3 });
  });

  test('is made by a function, and not before', async () => {
    const scheduler = await workerWith();
    const load = () => context().once('model', Promise.resolve(1) as never);
    const { error } = await scheduler.failure(scheduler.run(load));
    expect(error.message).toContain("once('model', () => load())");
  });

  test('fails all who asked meanwhile, and only them', async () => {
    const scheduler = await workerWith();
    const load = async () => {
      const here = globalThis as { tries?: number };
      return context().once('model', async () => {
        here.tries = (here.tries ?? 0) + 1;
        const isFirst = here.tries === 1;
        await new Promise((resolve) => setImmediate(resolve));
        if (isFirst) throw new Error('not yet');
        return here.tries;
      });
    };
    const together = scheduler.run(load, { count: 3, concurrency: 3 });
    for (const index of [0, 1, 2])
      expect((await scheduler.failure(together, index)).error.message).toBe('not yet');
    expect(await scheduler.result(scheduler.run(load))).toBe(2);
  });
});
