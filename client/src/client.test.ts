import { inspect } from 'node:util';
import { Limits, unpackMap } from '@taskloom/protocol';
import { describe, expect, it, vi } from 'vitest';
import { Calls } from './calls.ts';
import { Client } from './client.ts';
import type { DataDoors } from './door/port.ts';
import type { Future } from './future.ts';
import { Session } from './session.ts';
import { clientContract } from './testing/client-contract.ts';
import { clientOf, FakeScheduler } from './testing/fake-scheduler.ts';

clientContract(
  'a client of the fake scheduler',
  async () => {
    const fakes: FakeScheduler[] = [];
    return {
      client: () => {
        const fake = new FakeScheduler();
        fakes.push(fake);
        return clientOf(fake);
      },
      close: async () => {
        for (const fake of fakes) fake.drop();
      },
    };
  },
  { workers: false },
);

const inc = (x: number) => x + 1;

const doors: DataDoors = {
  advice: 'look there',
  get: async () => ({ first: 0, count: 1, content: new Uint8Array() }),
  put: async () => {},
  close: () => {},
};

describe('what a client waits for', () => {
  it('is not watched when the first of it had ended before', async () => {
    const client = clientOf(new FakeScheduler());
    const quick = client.submit(inc, 1);
    await quick;
    const never = client.submit(() => new Promise<number>(() => {}));
    const watch = vi.spyOn(Session.prototype, 'watch');
    await client.wait([quick, never], { until: 'first' });
    expect(watch.mock.calls).toHaveLength(1);
    watch.mockRestore();
  });

  it('is watched no longer when a loop over it fails', async () => {
    const client = clientOf(new FakeScheduler());
    const [never, gone] = [0, 1].map(() => client.submit(() => new Promise<number>(() => {})));
    const ended = client.asCompleted([never!, gone!]);
    gone!.release();
    const unwatch = vi.spyOn(Session.prototype, 'unwatch');
    await expect(ended.next()).rejects.toMatchObject({ code: 'released-future' });
    expect(unwatch).toHaveBeenCalled();
    unwatch.mockRestore();
  });

  it('may be waited for as long as a timer can tell, and longer', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const one = client.submit(inc, 1);
    expect((await client.wait(one, { timeoutMs: Number.POSITIVE_INFINITY })).done).toEqual([one]);
  });
});

describe('what a client says', () => {
  it('is one batch for the calls of one function in one turn, with what they need', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const a = client.submit(inc, 1);
    const b = client.submit(inc, a);
    client.submit(inc, 3);
    expect(await client.gather([a, b])).toEqual([2, 3]);
    const [batch, ...more] = fake.heardOf('submit');
    expect(more).toEqual([]);
    expect(batch).toMatchObject({
      blockRows: Uint32Array.of(3),
      depStart: Uint32Array.of(0, 0, 1, 1),
      depFirst: Uint32Array.of(1),
      depCount: Uint32Array.of(1),
    });
    expect(fake.heard.map(({ op }) => op)).toEqual(['code', 'code', 'submit', 'want']);
    expect(fake.heardOf('want')).toMatchObject([{ first: Uint32Array.of(1), count: Uint32Array.of(2) }]);
  });

  it('has blocks that a thread decodes at once, however many arguments calls have, and however large numbers are', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const all = Array.from({ length: 1_000 }, (_, i) => i);
    const most = (...xs: number[]) => Math.max(...xs);
    const even = (x: bigint) => x % 2n === 0n;
    const large = 2n ** 40_000n;
    const futures = [
      ...Array.from({ length: 100 }, (_, k) => client.submit(most, k, ...all)),
      ...Array.from({ length: 60 }, (_, k) => client.submit(even, large + BigInt(k))),
    ];
    const values = await client.gather(futures as Future<number | boolean>[]);
    expect(values.slice(98, 103)).toEqual([999, 999, true, false, true]);
    const blocks = fake.heardOf('submit').flatMap(({ sections }) => sections.slice(1));
    expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThan(100_000);
  });

  it('is code once, and ranges for maps', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const list = client.map(inc, Array(70_000).fill(1));
    const more = client.map(inc, list);
    await client.wait(more.at(-1)!);
    expect(fake.heardOf('code').length).toBe(2);
    const batches = fake.heardOf('submit');
    expect(batches.map(({ zip }) => [...zip])).toEqual([[], [], [1], [65_537]]);
    expect(batches.map(({ blockRows }) => blockRows.reduce((sum, rows) => sum + rows))).toEqual([
      65_536, 4_464, 65_536, 4_464,
    ]);
    expect(batches.map(({ blockRows }) => Math.max(...blockRows))).toEqual([1024, 1024, 1024, 1024]);
    expect(fake.heardOf('want')).toEqual([]);
  });

  it('is code again where it was not used for long, since what was used before it was too much to keep', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const [one, two, three] = [1, 2, 3].map((n) => {
      const data = new Uint8Array(30_000_000).fill(n);
      return () => data.at(-1);
    });
    for (const [fn, value] of [
      [one, 1],
      [two, 2],
      [three, 3],
      [one, 1],
    ] as const)
      expect(await client.submit(fn!)).toBe(value);
    const bytes = fake.heardOf('code').map(({ sections }) => sections[1]!.length);
    const words = bytes.map((length) => (length === 0 ? 'let go' : length > 30_000_000 ? 'data' : 'text'));
    expect(words).toEqual(['data', 'text', 'data', 'let go', 'data', 'let go', 'data']);
  });

  it('is a release of whole ranges, after the calls of the same turn', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    await client.waitForWorkers(1);
    const list = client.map(inc, [1, 2, 3]);
    const last = client.submit(inc, list.at(1)!);
    client.release(list);
    expect(await last).toBe(4);
    expect(fake.heard.map(({ op }) => op)).toEqual(['code', 'code', 'submit', 'submit', 'release', 'want']);
    expect(fake.heardOf('release')).toMatchObject([{ first: Uint32Array.of(1), count: Uint32Array.of(3) }]);
  });

  it('is nothing for futures that are read from a block that came', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const list = client.map(inc, [1, 2, 3]);
    await Promise.all([list.at(0), list.at(2)]);
    expect(fake.heardOf('want').length).toBe(1);
    await client.gather(list);
    const wants = fake.heardOf('want').length;
    expect(await list.at(2)).toBe(4);
    expect(fake.heardOf('want').length).toBe(wants);
  });

  it('is no task with a number that the scheduler does not take', () => {
    const calls = new Calls({ hooks: () => ({}), assertUsable: () => {} });
    expect(calls.mint(Limits.taskNumber - 1)).toBe(1);
    expect(() => calls.mint(2)).toThrow('used up its task numbers');
    expect(calls.mint(1)).toBe(Limits.taskNumber);
    expect(() => calls.mint(1)).toThrow('used up its task numbers');
  });

  it('carries options to the batch, and cancels', async () => {
    const fake = new FakeScheduler();
    fake.paused = true;
    const client = clientOf(fake);
    const future = client.with({ retries: 2 }).with({ priority: 5, timeoutMs: 10 }).submit(inc, 1);
    future.cancel();
    await expect(future).rejects.toThrow('cancelled');
    expect(future.status).toBe('cancelled');
    expect(unpackMap(fake.heardOf('submit')[0]!.sections[0]!)).toMatchObject({
      options: { retries: 2, priority: 5, timeoutMs: 10 },
    });
  });
});

describe('futures', () => {
  it('are shown by what they are of, not by what they are made of', async () => {
    const client = clientOf(new FakeScheduler());
    const one = client.submit(inc, 1);
    expect(inspect([one, client.map(inc, [1, 2])])).toBe('[ Future(inc, pending), FutureList(inc, 2) ]');
    await one;
    expect(inspect(one)).toBe('Future(inc, done)');
  });
});

describe('scattered data', () => {
  it('of nothing is nothing to say', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    expect(client.scatter([])).toEqual([]);
    expect(await client.submit(inc, 1)).toBe(2);
    expect(fake.heardOf('scatter')).toEqual([]);
  });

  it('of more than a batch may have is several', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake, fake.token, doors);
    const futures = client.scatter(Array(70_000).fill(1));
    expect(await client.submit(inc, 1)).toBe(2);
    expect([futures.length, futures[69_999]?.status]).toEqual([70_000, 'pending']);
    expect(fake.heardOf('scatter').map(({ bytes }) => bytes.length)).toEqual([65_536, 4_464]);
    const firsts = fake.heardOf('scatter').map(({ sections: [head] }) => unpackMap(head!));
    expect(firsts).toMatchObject([{ first: 1 }, { first: 65_537 }]);
  });

  it('has undefined where an array has holes', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake, fake.token, doors);
    expect(client.scatter(new Array(2)).map(({ status }) => status)).toEqual(['pending', 'pending']);
    await client.counters();
    expect(fake.heardOf('scatter').map(({ bytes }) => bytes.length)).toEqual([2]);
  });
});

describe('a call on each worker', () => {
  const worker = (number: number) => ({
    worker: number, name: `w${number}`, address: 'memory:', threads: 1, resources: {},
  }); // biome-ignore format: one worker

  it('fails when its worker is gone, and is cancelled', async () => {
    const fake = new FakeScheduler();
    fake.paused = true;
    const client = clientOf(fake);
    const running = client.run(inc, 1);
    await client.counters();
    fake.tellWorkers([worker(2)]);
    await expect(running).rejects.toMatchObject({ name: 'WorkerDiedError', code: 'worker-died' });
    await client.counters();
    expect(fake.heardOf('cancel')).toMatchObject([{ first: Uint32Array.of(1) }]);
  });

  it('fails when what its worker held goes with it, and not when the result has come', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    expect([...(await client.run(inc, 1))]).toEqual([['w1', 2]]);
    fake.losesValues = true;
    const running = client.run(inc, 1);
    await client.counters();
    await fake.idle();
    fake.tellWorkers([]);
    await client.counters();
    fake.undo(2);
    await expect(running).rejects.toMatchObject({ code: 'worker-died' });
  });

  it('goes on where its worker is to leave, and is for none that does', async () => {
    const fake = new FakeScheduler();
    fake.paused = true;
    const client = clientOf(fake);
    const running = client.run(inc, 1);
    await client.counters();
    fake.tellWorkers([{ ...worker(1), retiring: true }, worker(2)]);
    await client.counters();
    const late = client.with({ workers: ['w1'] }).run(inc, 1);
    await expect(late).rejects.toThrow('no worker is called w1: the workers here are w2');
    fake.resume();
    expect([...(await running)]).toEqual([['w1', 2]]);
  });
});

describe('what cannot be read here', () => {
  /** No codec has this number. */
  const unreadable = Uint8Array.of(99, 1, 2, 3);

  it.each([
    ['that came along', (fake: FakeScheduler) => fake.sendValue(1, unreadable)],
    ['that was fetched', (fake: FakeScheduler) => fake.sendPlace(1)],
    ['of an error', (fake: FakeScheduler) => fake.sendFailure(1, unreadable)],
  ])('fails those who wait for the value %s, and nobody else', async (_, send) => {
    const fake = new FakeScheduler();
    fake.paused = true;
    const client = clientOf(fake, fake.token, {
      ...doors,
      get: async () => ({ first: 1, count: 1, content: unreadable }),
    });
    const futures = client.map(inc, [1, 2]);
    const waiting = [futures[0]!.result(), client.gather(futures), client.gather([futures[0]])];
    const well = futures[1]!.result();
    await client.counters();
    send(fake);
    fake.run(2);
    for (const each of await Promise.allSettled(waiting)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'unreadable', retryable: false } });
      expect(each).toMatchObject({ reason: { message: expect.stringContaining('unknown codec 99') } });
    }
    fake.resume();
    expect(await well).toBe(3);
    await expect(futures[0]!.result()).rejects.toMatchObject({ code: 'unreadable' });
    expect(await client.submit(inc, 5)).toBe(6);
  });

  it('is no matter of the one who listens to what tasks write, who may throw', async () => {
    const fake = new FakeScheduler();
    const uncaught: unknown[] = [];
    const heard: string[] = [];
    const note = (error: unknown) => uncaught.push(error);
    process.on('uncaughtException', note);
    const client = clientOf(fake, fake.token, doors, ({ text }) => {
      heard.push(text);
      throw new Error('the listener fails');
    });
    await client.waitForWorkers(1);
    fake.write('one');
    fake.write('two');
    await client.counters();
    await new Promise(setImmediate);
    process.off('uncaughtException', note);
    expect(heard).toEqual(['one', 'two']);
    expect(uncaught).toMatchObject([{ message: 'the listener fails' }, { message: 'the listener fails' }]);
  });
});

describe('waiting', () => {
  it('gives up after timeoutMs with what has ended and what has not', async () => {
    const fake = new FakeScheduler();
    const client = clientOf(fake);
    const early = client.submit(inc, 1);
    await early;
    fake.paused = true;
    const late = client.submit(inc, 2);
    const { done, notDone } = await client.wait([early, late], { timeoutMs: 1 });
    expect([done, notDone]).toEqual([[early], [late]]);
    expect((await client.wait([late, early], { until: 'first' })).done).toEqual([early]);
  });
});

describe('the end of a connection', () => {
  it('is told to everyone who waits, and to everyone who asks later', async () => {
    const fake = new FakeScheduler();
    fake.paused = true;
    const client = clientOf(fake);
    const future = client.submit(inc, 1);
    const list = client.map(inc, [1, 2]);
    const waiting = [
      future.result(),
      client.gather(list),
      client.wait(list),
      client.counters(),
      client.asCompleted(list).next(),
    ];
    await client.waitForWorkers(1);
    fake.drop();
    for (const each of await Promise.allSettled(waiting)) {
      expect(each).toMatchObject({
        status: 'rejected',
        reason: { code: 'connection-lost', retryable: true },
      });
    }
    expect(future.status).toBe('lost');
    await expect(client.gather(list)).rejects.toThrow('connect again and submit again');
    await expect(client.waitForWorkers(1)).rejects.toMatchObject({ code: 'connection-lost' });
    expect(() => client.submit(inc, 1)).toThrow('connect again');
  });

  it.each([
    ['bad-message', 'refused', 'the same call would be refused again'],
    ['bad-frame', 'refused', 'the same call would be refused again'],
    ['limit-exceeded', 'too-large', 'the same again would be too much again'],
  ] as const)('for what was said (%s) does not advise to say it again', async (closedBy, code, advice) => {
    const fake = new FakeScheduler();
    fake.paused = true;
    const client = clientOf(fake);
    const future = client.submit(inc, 1).result();
    await client.waitForWorkers(1);
    fake.drop(closedBy, 'submit.options: too much');
    await expect(future).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringMatching(`^submit.options: too much; .*${advice}`),
    });
  });

  it('of a wrong token says where the right one is', async () => {
    const client = clientOf(new FakeScheduler('right'), 'wrong');
    await expect(client.submit(inc, 1)).rejects.toMatchObject({
      code: 'wrong-token',
      message: expect.stringContaining('TASKLOOM_TOKEN'),
    });
  });

  it('that never was names the address and what to do', async () => {
    const refused = await Client.connect('127.0.0.1:1', { token: 'x' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ws://127.0.0.1:1'),
    });
    expect(refused).toMatchObject({ message: expect.stringContaining('taskloom scheduler') });
    await expect(Client.connect('nowhere', { token: 'x' })).rejects.toThrow(
      'it looks like ws://127.0.0.1:8786',
    );
    await expect(Client.connect('127.0.0.1:1', {})).rejects.toThrow('a token is needed');
  });

  it('for want of the certificate that the environment names says which file that is', async () => {
    vi.stubEnv('TASKLOOM_CA_FILE', '/gone/ca.crt');
    await expect(Client.connect('wss://127.0.0.1:1', { token: 'x' })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/TASKLOOM_CA_FILE .*'\/gone\/ca.crt'/),
    });
    await expect(Client.connect('ws://127.0.0.1:1', { token: 'x' })).rejects.toThrow('no scheduler answers');
    vi.unstubAllEnvs();
  });
});
