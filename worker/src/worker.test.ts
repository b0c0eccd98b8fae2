import { ErredWhy } from '@taskloom/protocol';
import { expect, test } from 'vitest';
import { RETIRED, startWorker } from './start.ts';
import { FakeScheduler } from './testing/fake-scheduler.ts';
import { playedWorkers } from './testing/workers.ts';

const { running, workerWith } = playedWorkers();

test('a task runs and its result rides along', async () => {
  const scheduler = await workerWith();
  expect(await scheduler.result(scheduler.run((x: number) => x + 1, { args: [[41]] }))).toBe(42);
});

test('it says how many tasks that do not say may share a thread, if it was told', async () => {
  const [told, untold] = [await workerWith({ concurrency: 20 }), await workerWith()];
  expect(told.of('hello')[0]!.worker).toMatchObject({ concurrency: 20 });
  expect(untold.of('hello')[0]!.worker).not.toHaveProperty('concurrency');
});

test('every task of a map runs once, in few messages', async () => {
  const scheduler = await workerWith({ threads: 2 });
  const count = 20_000;
  const batch = scheduler.run((x: number) => x * 2, {
    count,
    args: [Array.from({ length: count }, (_, i) => i)],
  });
  await scheduler.until(() => scheduler.results.size === count);
  for (let i = 0; i < count; i++) expect(scheduler.results.get(`${batch}/${i}`)).toBe(i * 2);
  const reported = scheduler.of('finished').flatMap(({ count }) => [...count]);
  expect(reported.reduce((sum, one) => sum + one, 0)).toBe(count);
  expect(reported.length).toBeLessThan(count / 10);
});

test('an error in one task is that task alone', async () => {
  const scheduler = await workerWith();
  const pick = (x: number) => {
    if (x === 2) throw new RangeError('two is too much');
    return x;
  };
  const batch = scheduler.run(pick, { count: 5, args: [[0, 1, 2, 3, 4]] });
  const { error, why } = await scheduler.failure(batch, 2);
  expect(error).toBeInstanceOf(RangeError);
  expect(error).toMatchObject({
    message: 'two is too much',
    taskloom: { task: 'pick', worker: 'w1', attempt: 0 },
  });
  expect(why).toBe(ErredWhy.threw);
  await scheduler.until(() => scheduler.results.size === 4);
});

test.each([1, 4])(
  'the stack of an error ends with the task, not with what called it, concurrency %d',
  async (concurrency) => {
    const scheduler = await workerWith();
    const inner = () => {
      throw new Error('no', { cause: new Error('because') });
    };
    const failing = {
      atOnce: function outer() {
        inner();
      },
      later: async function outer() {
        await new Promise(setImmediate);
        inner();
      },
      byNode: async function outer() {
        await (await import('node:fs/promises')).readFile('/not/there');
      },
    };
    for (const fail of Object.values(failing)) {
      const { error } = await scheduler.failure(scheduler.run(fail, { concurrency }));
      const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
      expect(frames.at(-2)).toMatch(/at (async )?(Object\.)?outer \(/);
      expect(frames.at(-1)).toBe('    at task outer (worker w1, attempt 0)');
    }
    const { error } = await scheduler.failure(scheduler.run(JSON.parse as () => unknown));
    expect(error.stack).toMatch(/\n {4}at (JSON\.)?parse \(<anonymous>\)\n {4}at task parse /);
  },
);

test('a result that cannot travel fails its task alone, and says what it is', async () => {
  const scheduler = await workerWith();
  const give = (x: number) => (x === 1 ? { deep: Promise.resolve(x) } : { x });
  const batch = scheduler.run(give, { count: 3, args: [[0, 1, 2]] });
  const { error, why } = await scheduler.failure(batch, 1);
  expect(why).toBe(ErredWhy.refusedResult);
  expect(error.message).toContain('deep');
  expect(await scheduler.result(batch, 2)).toEqual({ x: 2 });
});

test('a result that fails while it is encoded fails its task alone', async () => {
  const scheduler = await workerWith();
  const give = (x: number) => {
    if (x !== 1) return x;
    return {
      get broken() {
        throw new RangeError('Array buffer allocation failed');
      },
    };
  };
  const batch = scheduler.run(give, { count: 3, args: [[0, 1, 2]] });
  const { why } = await scheduler.failure(batch, 1);
  expect(why).toBe(ErredWhy.refusedResult);
  expect(await scheduler.result(batch, 2)).toBe(2);
});

test('a function that cannot be made fails its tasks, and says why', async () => {
  const scheduler = await workerWith();
  const batch = scheduler.run((x: number) => x, { count: 2, args: [[1, 2]], withhold: true });
  const { error, why } = await scheduler.failure(batch, 1);
  expect(why).toBe(ErredWhy.badCode);
  expect(error.message).toContain('did not reach this worker');
});

test('code that nothing needs any more is let go, and taken when it comes again', async () => {
  const scheduler = await workerWith();
  const { worker } = running[0]!;
  const makes = Array.from({ length: 5 }, (_, i) => {
    const data = new Uint8Array(100_000).fill(i);
    return () => data[0]! + data.length;
  });
  for (const [i, make] of makes.entries()) {
    const batch = scheduler.run(make);
    expect(await scheduler.result(batch)).toBe(100_000 + i);
    expect(worker.figures().codeBytes).toBeGreaterThan(100_000);
    scheduler.forget(batch, make);
    // What comes after it has been answered.
    const after = scheduler.run(() => 'after');
    await scheduler.result(after);
    expect(worker.figures().codeBytes).toBeLessThan(10_000);
  }
  expect(await scheduler.result(scheduler.run(makes[0]!))).toBe(100_000);
});

test('a thenable that throws is a task that throws', async () => {
  const scheduler = await workerWith();
  const batch = scheduler.run(
    (x: number) => ({
      // biome-ignore lint/suspicious/noThenProperty: that is the point
      then(met: (value: number) => void) {
        if (x === 1) throw new Error('no promise');
        met(x);
      },
    }),
    { count: 3, args: [[0, 1, 2]] },
  );
  expect((await scheduler.failure(batch, 1)).error.message).toBe('no promise');
  expect(await scheduler.result(batch, 2)).toBe(2);
});

test('async tasks are awaited, one after the other unless they may share', async () => {
  const scheduler = await workerWith();
  const together = async () => {
    const counts = globalThis as { now?: number; most?: number };
    counts.now = (counts.now ?? 0) + 1;
    counts.most = Math.max(counts.most ?? 0, counts.now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    counts.now--;
    return counts.most;
  };
  const alone = scheduler.run(together, { count: 4 });
  await scheduler.until(() => scheduler.results.size === 4);
  expect(await scheduler.result(alone, 3)).toBe(1);
  const shared = scheduler.run(together, { count: 8, concurrency: 4 });
  await scheduler.until(() => scheduler.results.size === 12);
  expect(await scheduler.result(shared, 7)).toBe(4);
});

test.each([
  ['process.exit', () => process.exit(3), 'process.exit(3)'],
  [
    'an error nobody catches',
    () => {
      setTimeout(() => {
        throw new Error('late');
      }, 1);
      return new Promise(() => {});
    },
    'late',
  ],
  [
    'memory',
    () => {
      const all: unknown[] = [];
      for (;;) all.push(new Array(100_000).fill(all.length));
    },
    'memory',
  ],
] as const)('a thread ended by %s fails the task that ran, and the others run', async (_, deadly, reason) => {
  const scheduler = await workerWith({ threadMemoryMb: 64 });
  const warm = scheduler.run(() => 'ran', { count: 3 });
  await scheduler.result(warm, 2);
  const dead = scheduler.run(deadly as () => unknown);
  const later = scheduler.run(() => 'ran', { count: 3 });
  const { error, why } = await scheduler.failure(dead);
  expect(why).toBe(ErredWhy.threadDied);
  expect(error.message).toContain(reason);
  expect(await scheduler.result(later, 2)).toBe('ran');
});

const leftovers: Readonly<Record<string, readonly [leave: () => void, reason: string]>> = {
  'an error': [() => void setImmediate(() => JSON.parse('late')), 'is not valid JSON'],
  'a rejection': [() => void Promise.reject(new Error('floating')), 'floating'],
  'a text that is thrown': [
    () =>
      void setImmediate(() => {
        throw 'no such host';
      }),
    "'no such host'",
  ],
  'nothing that is thrown': [
    () =>
      void setImmediate(() => {
        throw undefined;
      }),
    'thrown that nobody caught: undefined',
  ],
  'an end': [() => void setImmediate(() => process.exit(3)), 'process.exit(3)'],
};
test.each(Object.keys(leftovers))(
  '%s that a task left behind is told where the task writes',
  async (what) => {
    const scheduler = await workerWith();
    const [leave, reason] = leftovers[what]!;
    const leaves = () => leave();
    const left = scheduler.run(leaves);
    expect(await scheduler.result(left)).toBe(undefined);
    await scheduler.until(() => scheduler.of('output').length > 0);
    expect(scheduler.of('output')[0]).toMatchObject({
      batch: left,
      index: 0,
      name: 'leaves',
      stream: 'stderr',
    });
    expect(scheduler.written('stderr')).toContain(reason);
    expect(await scheduler.result(scheduler.run(() => 'goes on'))).toBe('goes on');
  },
);

test.each(['comes', 'does not come'])(
  'a worker whose threads cannot start ends, where its scheduler %s',
  async (how) => {
    const scheduler = new FakeScheduler();
    const connect = () =>
      how === 'comes' ? Promise.resolve(scheduler.workerSide) : new Promise<never>(() => {});
    const starting = startWorker({ connect, token: 't', threads: 2, threadMemoryMb: 1, patient: true });
    // Whichever was first: to be let in, or to find out.
    const reason = await starting.then(
      (worker) => worker.closed,
      ({ message }) => message as string,
    );
    expect(reason).toContain('its threads do not start: it ran out of memory');
  },
);

test('a task that takes too long is stopped, and the next one runs', async () => {
  const scheduler = await workerWith();
  const forever = scheduler.run(
    () => {
      for (;;);
    },
    { timeoutMs: 60 },
  );
  const next = scheduler.run(() => 'next');
  const { error, why } = await scheduler.failure(forever);
  expect(why).toBe(ErredWhy.timedOut);
  expect(error.message).toContain('timeoutMs: 60');
  expect(await scheduler.result(next)).toBe('next');
});

test('a running task can be stopped', async () => {
  const scheduler = await workerWith();
  const speakThenSpin = () => {
    process.stdout.write('spinning'.repeat(2_000));
    for (;;);
  };
  const endless = scheduler.run(speakThenSpin);
  const next = scheduler.run(() => 'next');
  scheduler.rows('stop', endless, 0, 1);
  expect(await scheduler.result(next)).toBe('next');
  expect(scheduler.failures.size).toBe(0);
});

test('a chain runs behind its own thread', async () => {
  const scheduler = await workerWith({ threads: 2 });
  const { FUTURE } = await import('@taskloom/protocol/values');
  const inc = (x: number) => x + 1;
  let batch = scheduler.run(inc, { args: [[0]] });
  for (let link = 1; link < 1_000; link++) {
    const inputs = [{ task: batch, batch, index: 0, holder: 0 }];
    batch = scheduler.run(inc, { args: [[{ [FUTURE]: batch }]], inputs });
  }
  expect(await scheduler.result(batch)).toBe(1_000);
});

test('objects passed on along a chain are as they were when they were returned', async () => {
  const scheduler = await workerWith();
  const { FUTURE } = await import('@taskloom/protocol/values');
  const first = scheduler.run(() => {
    const list = [1];
    queueMicrotask(() => list.push(2));
    (globalThis as { list?: number[] }).list = list;
    return list;
  });
  const meddle = scheduler.run(
    (list: number[]) => {
      (globalThis as { list?: number[] }).list?.push(3);
      return list.length;
    },
    { args: [[{ [FUTURE]: first }]], inputs: [{ task: first, batch: first, index: 0, holder: 0 }] },
  );
  expect(await scheduler.result(meddle)).toBe(1);
});

test('an input whose maker failed hands its dependents back', async () => {
  const scheduler = await workerWith();
  const { FUTURE } = await import('@taskloom/protocol/values');
  const fails = scheduler.run(() => {
    throw new Error('no');
  });
  const needs = scheduler.run((x: number) => x, {
    args: [[{ [FUTURE]: fails }]],
    inputs: [{ task: fails, batch: fails, index: 0, holder: 0 }],
  });
  await scheduler.until(() => scheduler.of('input-missing').length > 0);
  expect(scheduler.of('input-missing')[0]).toMatchObject({
    batch: Uint32Array.of(needs),
    from: Uint32Array.of(fails),
    holder: Uint32Array.of(0),
  });
});

test('a large result stays, and another worker fetches it through the door', async () => {
  const scheduler = await workerWith();
  const other = await workerWith({ name: 'w2' });
  const { FUTURE } = await import('@taskloom/protocol/values');
  scheduler.run(() => 'batch 1 here');
  const big = scheduler.run(() => new Float64Array(1_000_000).fill(0.5));
  expect(await scheduler.result(big)).toBe('on the worker');
  other.send({
    op: 'workers',
    workers: [{ worker: 7, name: 'w1', address: running[0]!.worker.address, threads: 1, resources: {} }],
  });
  const sum = other.run((all: Float64Array) => all.reduce((a, b) => a + b, 0), {
    args: [[{ [FUTURE]: 50 }]],
    inputs: [{ task: 50, batch: big, index: 0, holder: 7 }],
  });
  expect(await other.result(sum)).toBe(500_000);
});

test('a holder that is gone is named when the task is handed back', async () => {
  const scheduler = await workerWith();
  scheduler.run((x: number) => x, { inputs: [{ task: 9, batch: 99, index: 3, holder: 5 }] });
  await scheduler.until(() => scheduler.of('input-missing').length > 0);
  expect(scheduler.of('input-missing')[0]).toMatchObject({
    from: Uint32Array.of(99),
    index: Uint32Array.of(3),
    holder: Uint32Array.of(5),
  });
});

test('a captured future arrives with its value, of each batch its own', async () => {
  const scheduler = await workerWith();
  const { FUTURE } = await import('@taskloom/protocol/values');
  const made = scheduler.run(() => ({ n: 20 }));
  const data = { [FUTURE]: 5, value: { n: 0 } };
  const needs = { task: 5, batch: made, index: 0, holder: 0 };
  const read = (x: number) => data.value.n + x;
  expect(await scheduler.result(scheduler.run(read, { args: [[1]], inputs: [needs] }))).toBe(21);
  const other = scheduler.run(() => ({ n: 70 }));
  expect(
    await scheduler.result(scheduler.run(read, { args: [[1]], inputs: [{ ...needs, batch: other }] })),
  ).toBe(71);
});

test('a list of futures arrives as the list of their values, from several blocks', async () => {
  const scheduler = await workerWith({ threads: 2 });
  const { FUTURES } = await import('@taskloom/protocol/values');
  const squares = scheduler.run((x: number) => x * x, {
    count: 500,
    args: [Array.from({ length: 500 }, (_, i) => i)],
  });
  const sum = scheduler.run((all: number[]) => all.reduce((a, b) => a + b, 0), {
    args: [{ same: { [FUTURES]: { first: 1_000, count: 500 } } }],
    inputs: [{ task: 1_000, count: 500, batch: squares, index: 0, holder: 0 }],
  });
  expect(await scheduler.result(sum)).toBe(41_541_750);
});

test('what was not begun is handed back, and what was is not', async () => {
  const scheduler = await workerWith();
  const slow = scheduler.run((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)), {
    count: 3,
    args: [[20, 1, 1]],
  });
  await scheduler.until(
    () => scheduler.of('heartbeat').some(({ running }) => running.length > 0) || scheduler.results.size > 0,
  );
  const before = scheduler.results.size;
  scheduler.rows('take-back', slow, 0, 3);
  await scheduler.until(() => scheduler.of('handed-back').length > 0);
  const [back] = scheduler.of('handed-back');
  const given = back!.count.reduce((sum, count) => sum + count, 0);
  await scheduler.until(() => scheduler.results.size === 3 - given);
  expect(given).toBeLessThanOrEqual(3 - before);
});

test('data brought to the door can be used and dropped', async () => {
  const scheduler = await workerWith();
  const { encodeBlock, joinParts, FUTURE } = await import('@taskloom/protocol/values');
  const { address } = running[0]!.worker;
  const body = joinParts(encodeBlock([{ list: [1, 2, 3] }])[0]!.parts);
  const put = await fetch(`${address}/data/40/2`, {
    method: 'PUT',
    body,
    headers: { authorization: 'Bearer data' },
  });
  expect(put.status).toBe(204);
  await scheduler.until(() => scheduler.results.has('40/2'));
  expect(scheduler.of('finished')[0]).toMatchObject({ run: Uint32Array.of(0), first: Uint32Array.of(2) });
  const use = scheduler.run((data: { list: number[] }) => data.list.length, {
    args: [[{ [FUTURE]: 9 }]],
    inputs: [{ task: 9, batch: 40, index: 2, holder: 0 }],
  });
  expect(await scheduler.result(use)).toBe(3);
  const one = (value: number) => Uint32Array.of(value);
  scheduler.send({ op: 'drop', batch: one(40), first: one(2), count: one(1), sections: [] });
  scheduler.send({ op: 'fetch', batch: one(40), first: one(2), count: one(1), sections: [] });
  await scheduler.until(() => scheduler.of('data').length > 0);
  expect(scheduler.of('data')[0]?.sections[0]).toHaveLength(0);
});

test('a block that is asked for task by task is sent once', async () => {
  const scheduler = await workerWith();
  const known = scheduler.run((x: number) => x, { count: 40, args: [Array<number>(40).fill(1)] });
  for (let i = 0; i < 40; i++) await scheduler.result(known, i);
  const rows = Uint32Array.from({ length: 40 }, (_, i) => i);
  const column = (value: number) => new Uint32Array(40).fill(value);
  scheduler.send({ op: 'fetch', batch: column(known), first: rows, count: column(1), sections: [] });
  const told = () =>
    scheduler.of('data').flatMap(({ first, count }) => [...first].map((at, i) => [at, count[i]!]));
  await scheduler.until(() => told().reduce((sum, [, count]) => sum + count!, 0) >= 40);
  const firsts = told().map(([first]) => first);
  expect(new Set(firsts).size).toBe(firsts.length);
  expect(firsts.length).toBeLessThan(40);
});

test('workers of one process pass values by reference', async () => {
  const { DoorDirectory } = await import('./door/directory.ts');
  const { FUTURE } = await import('@taskloom/protocol/values');
  const doors = new DoorDirectory();
  const scheduler = await workerWith({ doors });
  const other = await workerWith({ doors, name: 'w2' });
  scheduler.run(() => 0);
  const big = scheduler.run(() => new Uint8Array(500_000).fill(3));
  await scheduler.result(big);
  const { address } = running[0]!.worker;
  expect(address).toMatch(/^memory:/);
  other.send({ op: 'workers', workers: [{ worker: 7, name: 'w1', address, threads: 1, resources: {} }] });
  const use = other.run((bytes: Uint8Array) => bytes.length + bytes[9]!, {
    args: [[{ [FUTURE]: 50 }]],
    inputs: [{ task: 50, batch: big, index: 0, holder: 7 }],
  });
  expect(await other.result(use)).toBe(500_003);
});

test('a worker asked to leave finishes what it has and goes', async () => {
  const scheduler = await workerWith();
  const last = scheduler.run(() => new Promise((resolve) => setTimeout(() => resolve('done'), 10)));
  scheduler.send({ op: 'leave', reason: 'scaled down' });
  expect(await running[0]!.worker.closed).toBe(RETIRED);
  expect(scheduler.results.get(`${last}/0`)).toBe('done');
});

test('a worker ends when the scheduler goes, and says so', async () => {
  const scheduler = await workerWith();
  scheduler.close();
  expect(await running[0]!.worker.closed).toBe('the test is over');
});

test('a worker that is refused leaves nothing behind', async () => {
  const scheduler = new FakeScheduler(1, 'the token is wrong');
  const connect = async () => scheduler.workerSide;
  await expect(startWorker({ connect, token: 'guess', threads: 1 })).rejects.toMatchObject({
    code: 'wrong-token',
  });
});

test('heartbeats say what runs, for how long, and what is held', async () => {
  const scheduler = await workerWith();
  const kept = scheduler.run(() => new Uint8Array(100_000));
  await scheduler.result(kept);
  const slow = scheduler.run(() => new Promise(() => {}));
  // A beat may come while the other still runs.
  const ofSlow = () =>
    scheduler.of('heartbeat').find(({ running }) => running.some(([batch]) => batch === slow));
  await scheduler.until(() => ofSlow() !== undefined);
  const beat = ofSlow()!;
  expect(beat.storeBytes).toBeGreaterThan(100_000);
  expect(beat.running[0]?.slice(0, 3)).toEqual([slow, 0, slow]);
});
