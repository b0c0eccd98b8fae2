/** What every cluster must do for a client, whatever it is made of: one suite for the fake, the in-process and the process one. */

import { context } from '@taskloom/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../client.ts';
import { ClientError } from '../errors.ts';
import type { Future } from '../future.ts';
import type { FutureList } from '../future-list.ts';
import type { Output, TaskOutput } from '../output.ts';

export interface ContractCluster {
  client(options?: { output?: Output }): Client;
  close(): Promise<void>;
}

export interface ContractSupport {
  /** Tasks run in threads of workers that have data doors; else in this thread, as the fake does it. */
  readonly workers: boolean;
}

const inc = (x: number) => x + 1;
const add = (a: number, b: number) => a + b;
const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
const explode = (what: string): never => {
  throw new RangeError(`no ${what} today`);
};
const range = (count: number) => Array.from({ length: count }, (_, at) => at);

export function clientContract(
  name: string,
  makeCluster: () => Promise<ContractCluster>,
  support: ContractSupport,
): void {
  describe(name, () => {
    let cluster: ContractCluster;
    let client: Client;
    beforeAll(async () => {
      cluster = await makeCluster();
      client = cluster.client();
      await client.waitForWorkers(1);
    });
    afterAll(() => cluster.close());
    const its = { client: () => client, cluster: () => cluster };
    submitting(its);
    mapping(its);
    gathering(its);
    failing(its);
    watching(its);
    releasing(its);
    keys(its);
    refusing(its);
    describe.runIf(support.workers)('large values', () => large(its));
    describe.runIf(support.workers)('tasks on workers', () => working(its));
  });
}

interface Its {
  client(): Client;
  cluster(): ContractCluster;
}

function submitting({ client }: Its): void {
  describe('submit', () => {
    it('gives a future of the result', async () => {
      const future = client().submit(inc, 1);
      expect(future.status).toBe('pending');
      expect(await future).toBe(2);
      expect([future.status, future.value]).toEqual(['done', 2]);
      expect(await future.exception()).toBeUndefined();
      expect(await future).toBe(2);
    });

    it('passes futures as their values, at any depth', async () => {
      const two = client().submit(inc, 1);
      const list = client().map(inc, [1, 2, 3]);
      const shape = (s: unknown) => s;
      expect(await client().submit(add, two, two)).toBe(4);
      expect(await client().submit(sum, [1, two, 3])).toBe(6);
      expect(await client().submit(sum, list)).toBe(9);
      expect(
        await client().submit(shape, { a: [two, { b: new Set([two]) }], m: new Map([['k', two]]), list }),
      ).toEqual({ a: [2, { b: new Set([2]) }], m: new Map([['k', 2]]), list: [2, 3, 4] });
    });

    it('lets a closure capture futures', async () => {
      const two = client().submit(inc, 1);
      const list = client().map(inc, [10, 20]);
      const third = list.at(1) as Future<number>;
      expect(await client().submit((x: number) => x * two.value + third.value, 5)).toBe(31);
    });

    it('copies what is captured and passed when it is called', async () => {
      const captured = { x: 1 };
      const passed = { y: 1 };
      const future = client().submit((p: { y: number }) => captured.x + p.y, passed);
      captured.x = 100;
      passed.y = 100;
      expect(await future).toBe(2);
    });

    it('runs chains and trees that are submitted at once', async () => {
      let link = client().submit(inc, 0);
      for (let at = 0; at < 50; at++) link = client().submit(inc, link);
      let level = range(64).map((x) => client().submit(inc, x));
      while (level.length > 1) {
        level = range(level.length / 2).map((at) => client().submit(add, level[2 * at]!, level[2 * at + 1]!));
      }
      expect(await link).toBe(51);
      expect(await level[0]).toBe(sum(range(64)) + 64);
    });

    it('awaits promises of tasks', async () => {
      expect(await client().submit(async (x: number) => Promise.resolve(x + 1), 1)).toBe(2);
    });

    it('keeps undefined, NaN, -0, bigint, dates and holes', async () => {
      const holes: number[] = [];
      holes[2] = 1;
      const odd = [undefined, Number.NaN, -0, 10n ** 30n, new Date(5), new Map([[{}, 1]]), holes];
      expect(await client().submit((x: unknown) => x, odd)).toEqual(odd);
      expect(await client().submit(() => undefined)).toBeUndefined();
    });
  });
}

function mapping({ client }: Its): void {
  describe('map', () => {
    it('gives a list whose futures are there when touched', async () => {
      const list = client().map(inc, [1, 2, 3]);
      expect([list.length, list.at(-1) === list[2], list[3], list.at(7)]).toEqual([
        3,
        true,
        undefined,
        undefined,
      ]);
      expect(await Promise.all([...list])).toEqual([2, 3, 4]);
    });

    it('takes several iterables of any kind until the shortest ends', async () => {
      function* forever() {
        for (let at = 0; ; at++) yield at * 100;
      }
      const list = client().map(add, new Set([1, 2, 3]), forever());
      expect(await client().gather(list)).toEqual([1, 102, 203]);
      expect(await client().gather(client().map(add, [1, 2, 3], [1, 2]))).toEqual([2, 4]);
      expect(await client().gather(client().map(inc, []))).toEqual([]);
    });

    it('runs element by element over lists of futures', async () => {
      const items = client().map(inc, range(3000));
      const sums = client().map(add, items, client().map(inc, items));
      expect(await client().gather(sums)).toEqual(range(3000).map((x) => 2 * x + 3));
      expect(await client().gather(client().map(add, items, range(5)))).toEqual([1, 3, 5, 7, 9]);
    });

    it('takes futures among the items, and one item for all', async () => {
      const two = client().submit(inc, 1);
      expect(await client().gather(client().map(inc, [two, 5, two]))).toEqual([3, 6, 3]);
      const shared = { by: two };
      const list = client().map(
        (x: number, s: { by: number }) => x * s.by,
        range(2000),
        Array(2000).fill(shared),
      );
      expect(await client().gather(list)).toEqual(range(2000).map((x) => x * 2));
    });

    it('cuts arguments of uneven size into blocks', async () => {
      const texts = range(300).map((x) => 'x'.repeat((x % 7) * 3000));
      const lengths = client().map(
        (text: string, o: { n: number }) => text.length + o.n,
        texts,
        texts.map((_, n) => ({ n })),
      );
      expect(await client().gather(lengths)).toEqual(texts.map((text, n) => text.length + n));
    });

    it('of very many is gathered whole', async () => {
      const many = await client().gather(client().map(inc, range(100_000)));
      expect([many.length, many[0], many[99_999]]).toEqual([100_000, 1, 100_000]);
    });
  });
}

function gathering({ client }: Its): void {
  describe('gather', () => {
    it('keeps the shape', async () => {
      const two = client().submit(inc, 1);
      const list = client().map(inc, [1, 2]);
      expect(await client().gather(two)).toBe(2);
      expect(await client().gather([list, [two, 'plain'], { two, list }])).toEqual([
        [2, 3],
        [2, 'plain'],
        { two: 2, list: [2, 3] },
      ]);
      expect(await client().gather(new Map([['a', two]]))).toEqual(new Map([['a', 2]]));
      expect(await client().gather(new Set([two]))).toEqual(new Set([2]));
      expect(await client().gather([...list].reverse())).toEqual([3, 2]);
      expect(await client().gather([two, two])).toEqual([2, 2]);
      expect(await client().gather([])).toEqual([]);
    });

    it('keeps __proto__ a key', async () => {
      const shape = JSON.parse('{"__proto__": 1}') as object;
      const gathered = await client().gather(shape);
      expect(Object.keys(gathered)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(gathered)).toBe(Object.prototype);
    });

    it('throws, skips or returns errors', async () => {
      const odd = client().map(
        (x: number) => {
          if (x % 2 === 0) throw new TypeError(`even ${x}`);
          return x;
        },
        [1, 2, 3],
      );
      await expect(client().gather(odd)).rejects.toThrow('even 2');
      expect(await client().gather(odd, { errors: 'skip' })).toEqual([1, 3]);
      expect(await client().gather({ a: odd[1]!, b: odd[0]! }, { errors: 'skip' })).toEqual({ b: 1 });
      const returned = await client().gather(odd, { errors: 'return' });
      expect([returned[0], returned[2]]).toEqual([1, 3]);
      expect(returned[1]).toBeInstanceOf(TypeError);
    });

    it('refuses a shape that contains itself', () => {
      const loop: unknown[] = [];
      loop.push(loop);
      expect(() => client().gather(loop)).toThrow('contains itself');
    });
  });
}

function failing({ client }: Its): void {
  describe('a task that throws', () => {
    it('rejects with the same kind of error, and where it happened', async () => {
      const future = client().submit(explode, 'luck');
      const error = await future.then(
        () => undefined,
        (reason: unknown) => reason as RangeError & { taskloom: object },
      );
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ message: 'no luck today', taskloom: { task: 'explode', attempt: 0 } });
      expect(error?.stack).toContain('explode');
      expect(future.status).toBe('failed');
      expect(await future.exception()).toBe(error);
    });

    it('fails what depends on it with the same error', async () => {
      const broken = client().submit(explode, 'luck');
      await expect(client().submit(inc, broken)).rejects.toThrow('no luck today');
      await expect(client().gather(client().map(inc, client().map(explode, ['x', 'y'])))).rejects.toThrow(
        /no [xy] today/,
      );
    });

    it('is no unhandled rejection when nobody awaits it', async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      const future = client().submit(explode, 'luck');
      const result = future.result();
      await client().wait(future);
      await client().wait(client().map(explode, ['x']));
      await new Promise(setImmediate);
      process.off('unhandledRejection', note);
      expect(unhandled).toEqual([]);
      await expect(result).rejects.toThrow('luck');
    });
  });
}

function watching({ client }: Its): void {
  describe('watching', () => {
    it('waits for all, well or not', async () => {
      const futures = [client().submit(inc, 1), client().submit(explode, 'x')];
      const { done, notDone } = await client().wait(futures);
      expect(done).toEqual(futures);
      expect(notDone).toEqual([]);
    });

    it('gives futures as they end', async () => {
      const list = client().map(inc, range(100));
      const seen: number[] = [];
      for await (const future of client().asCompleted([list, client().submit(inc, 1000)]))
        seen.push(await future);
      expect(seen.sort((a, b) => a - b)).toEqual([...range(100).map(inc), 1001]);
    });

    it('takes more while it runs', async () => {
      const ended = client().asCompleted(client().submit(inc, 0));
      const seen: number[] = [];
      for await (const future of ended) {
        seen.push(await future);
        if (seen.length < 4) ended.add(client().submit(inc, future));
      }
      expect(seen).toEqual([1, 2, 3, 4]);
    });

    it('shows progress by function as plain lines', async () => {
      const lines: string[] = [];
      const progress = client().progress([client().map(inc, range(10)), client().submit(explode, 'x')], {
        stream: { write: (text) => lines.push(text) },
      });
      expect(await progress).toEqual({ ended: 11, failed: 1 });
      expect(lines).toContain('inc: 10/10\n');
      expect(lines).toContain('explode: 1/1, 1 failed\n');
    });

    it('explains and counts', async () => {
      expect(await client().explain(client().submit(inc, 1))).toEqual(expect.any(String));
      expect(await client().counters()).toEqual(expect.any(Object));
    });

    it('knows the workers', async () => {
      const workers = await client().waitForWorkers(1);
      expect(client().workers).toEqual(workers);
      const late = await client()
        .waitForWorkers(99, { timeoutMs: 1 })
        .catch((error: ClientError) => error);
      expect(late).toMatchObject({ code: 'timed-out' });
    });

    it('runs a function once on each worker', async () => {
      const names = client().workers.map(({ name }) => name);
      expect([...(await client().run(inc, 1))]).toEqual(names.map((name) => [name, 2]));
    });
  });
}

function releasing({ client }: Its): void {
  describe('cancel and release', () => {
    it('release says so', async () => {
      const future = client().submit(inc, 1);
      const waiting = future.result();
      future.release();
      await expect(waiting).rejects.toMatchObject({ code: 'released-future' });
      expect(future.status).toBe('released');
      const list = client().map(inc, range(3000));
      client().release(list);
      expect([list.at(0)?.status, list.at(2999)?.status]).toEqual(['released', 'released']);
      await expect(client().gather(list)).rejects.toThrow('released');
    });

    it('a released list leaves what was made from it', async () => {
      const items = client().map(inc, [1, 2]);
      const more = client().map(inc, items);
      items.release();
      expect(await client().gather(more)).toEqual([3, 4]);
    });
  });
}

function keys({ client }: Its): void {
  describe('a key', () => {
    it('is one task for one call', async () => {
      const named = client().with({ key: '__proto__' });
      const once = named.submit(inc, 1);
      expect(named.submit(inc, 1)).toBe(once);
      expect(await once).toBe(2);
      expect(() => named.submit(inc, 2)).toThrow('"__proto__" is already that of another call (inc)');
      expect(() => named.submit(add, 1, 1)).toThrow(ClientError);
      expect(() => named.map(inc, [5])).toThrow(ClientError);
      once.release();
      expect(await named.submit(inc, 2)).toBe(3);
    });

    it('names a whole map', async () => {
      const named = client().with({ key: 'squares' });
      const list: FutureList<number> = named.map(inc, range(3));
      expect(named.map(inc, range(3))).toBe(list);
      expect(() => named.map(inc, range(4))).toThrow(ClientError);
    });
  });
}

function refusing({ client, cluster }: Its): void {
  describe('what cannot be meant is refused where it is said', () => {
    const refusals: [string, (client: Client) => unknown, string][] = [
      ['no function', (c) => c.submit(5 as never), 'function'],
      ['a function that cannot travel', (c) => c.submit(() => pending), 'pending'],
      ['a value that cannot travel', (c) => c.submit((x: unknown) => x, { a: [pending] }), 'a'],
      [
        'a map over a number',
        (c) => c.map(inc, 5 as never),
        'argument 2 is a number: for one call use submit',
      ],
      ['a map over a text', (c) => c.map((x: string) => x, 'abc'), '[...text]'],
      ['a map over nothing', (c) => c.map(...([inc] as unknown as [typeof inc, number[]])), 'at least one'],
      [
        'an unknown option',
        (c) => c.with({ retrys: 1 } as never),
        'no option "retrys"; there are key, retries',
      ],
      [
        'an option of another kind',
        (c) => c.with({ timeoutMs: -1 }),
        'timeoutMs must be a number above 0, got -1',
      ],
      [
        'resources named __proto__',
        (c) => c.with({ resources: JSON.parse('{"__proto__": 1}') }),
        'resources',
      ],
      [
        'a large argument',
        (c) => c.submit((x: Uint8Array) => x.length, new Uint8Array(33 * 2 ** 20)),
        'scatter the large one first',
      ],
      ['errors of another kind', (c) => c.gather([], { errors: 'ignore' } as never), "'skip'"],
    ];
    it.each(refusals)('%s', async (_, call, message) => {
      expect(() => call(client())).toThrow(message);
      expect(await client().submit(inc, 1)).toBe(2);
    });

    it('a released future', async () => {
      const future = client().submit(inc, 1);
      future.release();
      expect(() => client().submit(inc, future)).toThrow('was released');
      expect(() => client().submit(sum, [future])).toThrow('was released');
      expect(() => client().submit(() => future.value)).toThrow('was released');
      expect(await client().submit(inc, 1)).toBe(2);
    });

    it('a future of another client', async () => {
      const other = cluster().client();
      await other.waitForWorkers(1);
      const theirs = other.submit(inc, 1);
      const list = other.map(inc, [1]);
      for (const call of [
        () => client().submit(inc, theirs),
        () => client().submit(sum, [theirs]),
        () => client().map(inc, list),
        () => client().submit(() => theirs.value),
        () => client().gather(theirs),
        () => client().wait(theirs),
        () => client().cancel(list),
      ]) {
        expect(call).toThrow('belongs to another client');
      }
      expect(await theirs).toBe(2);
      await other.close();
      await expect(other.gather(list)).rejects.toThrow('closed');
      expect(() => other.submit(inc, 1)).toThrow('closed');
    });
  });
}
const pending = Promise.resolve(1);

function large({ client }: Its): void {
  it('come from the worker that made them', async () => {
    const big = await client().submit((n: number) => new Float64Array(n).fill(7), 1_000_000);
    expect([big.length, big[0], big[999_999]]).toEqual([1_000_000, 7, 7]);
    const list = await client().gather(client().map((n: number) => 'x'.repeat(n), [100_000, 5, 200_000]));
    expect(list.map((text) => text.length)).toEqual([100_000, 5, 200_000]);
  });

  it('are scattered, each once, to be passed to many', async () => {
    const data = client().scatter(new Float64Array(500_000).fill(2));
    const at = (xs: Float64Array, i: number) => xs[i]! + i;
    expect(await client().gather(range(20).map((i) => client().submit(at, data, i)))).toEqual(
      range(20).map((i) => 2 + i),
    );
    expect(await client().submit(() => data.value.length)).toBe(500_000);
    expect((await data).length).toBe(500_000);
  });

  it('scatter gives a future for each item, or copies everywhere', async () => {
    const [a, b] = client().scatter(['one', { two: 2 }]);
    expect(await client().gather([a!, b!])).toEqual(['one', { two: 2 }]);
    const everywhere = client().scatter({ on: 'all' }, { broadcast: true });
    expect(await client().submit((x: { on: string }) => x.on, everywhere)).toBe('all');
    expect(() => client().scatter({ pending })).toThrow('pending');
  });
}

function working({ client, cluster }: Its): void {
  const forever = () => {
    for (;;);
  };

  it('end when they are cancelled, running or not, and what depends on them', async () => {
    const running = client().submit(forever);
    const after = client().submit(() => running.value);
    running.cancel();
    await expect(running).rejects.toThrow('cancelled');
    expect([running.status, (await client().wait(after)).done]).toEqual(['cancelled', [after]]);
    const list = client().map((x: number) => {
      for (;;) if (x < 0) return x;
    }, range(100));
    client().cancel(list);
    await client().wait(list);
    expect(new Set([...list].map(({ status }) => status))).toEqual(new Set(['cancelled']));
    expect(await client().submit(inc, 1)).toBe(2);
  });

  it('fail when they take longer than timeoutMs', async () => {
    await expect(client().with({ timeoutMs: 50 }).submit(forever)).rejects.toThrow(
      'longer than timeoutMs: 50',
    );
  });

  it('are tried again as often as retries says', async () => {
    const stubborn = (until: number) => {
      const { attempt } = context();
      if (attempt < until) throw new Error(`attempt ${attempt}`);
      return attempt;
    };
    expect(await client().with({ retries: 3 }).submit(stubborn, 2)).toBe(2);
    await expect(client().with({ retries: 1 }).submit(stubborn, 9)).rejects.toMatchObject({
      message: 'attempt 1',
      taskloom: { attempt: 1 },
    });
  });

  it('write to whoever listens', async () => {
    const heard: TaskOutput[] = [];
    const listening = cluster().client({ output: (output) => heard.push(output) });
    const speak = (text: string) => console.log(text);
    await listening.submit(speak, 'warp');
    await listening.submit(speak, 'weft');
    expect(heard.map(({ task, stream, text }) => [task, stream, text])).toContainEqual([
      'speak',
      'stdout',
      'warp\n',
    ]);
    await listening.close();
  });

  it('cannot use the client that they capture', async () => {
    const captured = client();
    await expect(client().submit(() => captured.submit(inc, 1))).rejects.toThrow('client');
  });
}
