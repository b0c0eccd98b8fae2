import { describe, expectTypeOf, it } from 'vitest';
import type { AsCompleted } from './as-completed.ts';
import type { Client } from './client.ts';
import type { Future } from './future.ts';
import type { FutureList } from './future-list.ts';
import type { Futures } from './watching.ts';

/** Bodies of these functions are only compiled: the compiler is what is tested. */
function typed(_body: (client: Client) => unknown): void {}

const inc = (x: number) => x + 1;
const greet = (name: string, loud?: boolean) => (loud ? name.toUpperCase() : name);
const total = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
const load = async (path: string) => ({ path, rows: [1, 2, 3] });
const look = (where: { readonly at: { readonly x: number }; readonly tags: Set<string> }) => where.at.x;
const first = (pairs: Map<string, number>) => [...pairs.keys()][0];

describe('submit', () => {
  it('knows the result', () => {
    typed(async (client) => {
      expectTypeOf(client.submit(inc, 1)).toEqualTypeOf<Future<number>>();
      expectTypeOf(await client.submit(inc, 1)).toBeNumber();
      expectTypeOf(await client.submit(load, 'x')).toEqualTypeOf<{ path: string; rows: number[] }>();
      expectTypeOf(await client.submit(() => {})).toBeVoid();
      expectTypeOf(client.submit(inc, 1).value).toBeNumber();
    });
  });

  it('knows arguments from the function, also without annotations', () => {
    typed((client) => {
      client.submit(greet, 'ada');
      client.submit(greet, 'ada', true);
      expectTypeOf(client.submit((x) => x * 2, 21)).toEqualTypeOf<Future<number>>();
      // @ts-expect-error a text is no number
      client.submit(inc, '1');
      // @ts-expect-error an argument is missing
      client.submit(inc);
      // @ts-expect-error one too many
      client.submit(inc, 1, 2);
      // @ts-expect-error not a function
      client.submit(1);
    });
  });

  it('takes futures wherever their values fit', () => {
    typed((client) => {
      const n = client.submit(inc, 1);
      const s = client.submit(greet, 'ada');
      client.submit(inc, n);
      client.submit(greet, s, true);
      client.submit(total, [1, n, 3]);
      client.submit(total, client.map(inc, [1, 2]));
      client.submit(look, { at: { x: n }, tags: new Set([s]) });
      client.submit(first, new Map([[s, n]]));
      client.submit((x: number | undefined) => x, n);
      // @ts-expect-error a future of a text is no number
      client.submit(inc, s);
      // @ts-expect-error a text among numbers
      client.submit(total, [1, s]);
      // @ts-expect-error a list of texts
      client.submit(total, client.map(greet, ['a']));
    });
  });
});

/** Types that hold themselves. */
type Json = string | number | boolean | null | Json[] | { readonly [name: string]: Json };
type Nested = readonly (number | Nested)[];

describe('types that hold themselves in arrays, as JSON does', () => {
  it('are arguments and items as others are', () => {
    typed(async (client) => {
      const show = (json: Json) => JSON.stringify(json);
      const n = client.submit(inc, 1);
      const json = client.submit((text: string): Json => JSON.parse(text), '{}');
      expectTypeOf(client.submit(show, { a: [1, { b: null }] })).toEqualTypeOf<Future<string>>();
      client.submit(show, { a: [n, json] });
      client.submit((depths: Nested) => depths.length, [1, [n, [3]]]);
      expectTypeOf(client.map(show, [1, [2], json])).toEqualTypeOf<FutureList<string>>();
      client.map((a: Json, b: Json) => [a, b], [json], [1]);
      client.run(show, json);
      expectTypeOf(await client.gather([json])).toEqualTypeOf<[Json]>();
      // @ts-expect-error JSON knows no bigint
      client.submit(show, [1n]);
    });
  });
});

describe('a function that takes any iterable', () => {
  it('takes arrays with futures and lists of futures', () => {
    typed((client) => {
      const count = (numbers: Iterable<number>) => [...numbers].length;
      client.submit(count, [1, client.submit(inc, 1)]);
      client.submit(count, client.map(inc, [1]));
      client.submit(count, new Set([1]));
      // @ts-expect-error texts are no numbers
      client.submit(count, ['a']);
    });
  });

  it('is not one that takes a tuple', () => {
    typed((client) => {
      const head = (row: [number, ...string[]]) => row[0];
      client.submit(head, [client.submit(inc, 1), 'a', client.submit(greet, 'b')]);
      // @ts-expect-error a text comes first
      client.submit(head, ['a', 1]);
    });
  });
});

describe('map', () => {
  it('knows the result', () => {
    typed((client) => {
      expectTypeOf(client.map(inc, [1, 2])).toEqualTypeOf<FutureList<number>>();
      expectTypeOf(client.map(load, new Set(['a']))).toEqualTypeOf<
        FutureList<{ path: string; rows: number[] }>
      >();
      expectTypeOf(client.map((x) => x.length, ['a', 'b'])).toEqualTypeOf<FutureList<number>>();
      expectTypeOf(client.map((a, b) => `${a}${b.toFixed()}`, ['a'], [1])).toEqualTypeOf<
        FutureList<string>
      >();
      expectTypeOf(
        client.map((a: number, b: string, c: boolean) => [a, b, c], [1], ['b'], [true]),
      ).toEqualTypeOf<FutureList<(string | number | boolean)[]>>();
    });
  });

  it('takes lists of futures and futures among the items', () => {
    typed((client) => {
      const list = client.map(inc, [1, 2]);
      expectTypeOf(client.map((x) => x > 1, list)).toEqualTypeOf<FutureList<boolean>>();
      expectTypeOf(client.map(inc, [client.submit(inc, 1), 2])).toEqualTypeOf<FutureList<number>>();
      expectTypeOf(client.map((a, b) => a + b, list, [1, 2])).toEqualTypeOf<FutureList<number>>();
      expectTypeOf(list[0]).toEqualTypeOf<Future<number> | undefined>();
      expectTypeOf([...list]).toEqualTypeOf<Future<number>[]>();
      // @ts-expect-error texts are no numbers
      client.map(inc, ['a']);
      // @ts-expect-error a list of texts is no list of numbers
      client.map(inc, client.map(greet, ['a']));
      // @ts-expect-error not iterable
      client.map(inc, 5);
    });
  });
});

describe('gather and scatter', () => {
  it('keep the shape', () => {
    typed(async (client) => {
      const n = client.submit(inc, 1);
      const list = client.map(greet, ['a', 'b']);
      expectTypeOf(await client.gather(n)).toBeNumber();
      expectTypeOf(await client.gather(list)).toEqualTypeOf<string[]>();
      expectTypeOf(await client.gather([n, n])).toEqualTypeOf<[number, number]>();
      expectTypeOf(await client.gather([...list])).toEqualTypeOf<string[]>();
      expectTypeOf(await client.gather({ n, deep: { list }, seven: 7 as number })).toEqualTypeOf<{
        n: number;
        deep: { list: string[] };
        seven: number;
      }>();
      expectTypeOf(await client.gather(new Map([['a', n]]))).toEqualTypeOf<Map<string, number>>();
      expectTypeOf(await client.gather(list, { errors: 'return' })).toEqualTypeOf<(string | Error)[]>();
    });
  });

  it('keep the shape without what failed', () => {
    typed(async (client) => {
      const n = client.submit(inc, 1);
      const list = client.map(greet, ['a', 'b']);
      const skip = { errors: 'skip' } as const;
      expectTypeOf(await client.gather(n, skip)).toEqualTypeOf<number | undefined>();
      expectTypeOf(await client.gather(list, skip)).toEqualTypeOf<string[]>();
      expectTypeOf(await client.gather([n, list, 'plain'], skip)).toEqualTypeOf<
        (number | string[] | 'plain')[]
      >();
      expectTypeOf(await client.gather({ n, deep: { n, list }, seven: 7 as number }, skip)).toEqualTypeOf<{
        n?: number;
        deep: { n?: number; list: string[] };
        seven: number;
      }>();
      expectTypeOf(await client.gather(new Map([['a', { n }]]), skip)).toEqualTypeOf<
        Map<string, { n?: number }>
      >();
      const either: { of: Future<number> | 'none' } = { of: n };
      expectTypeOf(await client.gather(either, skip)).toEqualTypeOf<{ of?: number | 'none' }>();
      expectTypeOf(await client.gather(new Set([n]), skip)).toEqualTypeOf<Set<number>>();
    });
  });

  it('keep the shape with errors in it', () => {
    typed(async (client) => {
      const n = client.submit(inc, 1);
      const options = { errors: 'return' } as const;
      expectTypeOf(await client.gather({ n, deep: [n, [n]] }, options)).toEqualTypeOf<{
        n: number | Error;
        deep: [number | Error, [number | Error]];
      }>();
      expectTypeOf(await client.gather(new Map([['a', n]]), options)).toEqualTypeOf<
        Map<string, number | Error>
      >();
    });
  });

  it('keep the shape of what is readonly', () => {
    typed(async (client) => {
      const n = client.submit(inc, 1);
      const skip = { errors: 'skip' } as const;
      const map: ReadonlyMap<string, Future<number>> = new Map([['a', n]]);
      const set: ReadonlySet<Future<number>> = new Set([n]);
      const list: readonly Future<number>[] = [n];
      const pair: readonly [Future<number>, { readonly at: Future<number> }] = [n, { at: n }];
      expectTypeOf(await client.gather({ map, set, list, pair })).toEqualTypeOf<{
        map: Map<string, number>;
        set: Set<number>;
        list: number[];
        pair: [number, { at: number }];
      }>();
      expectTypeOf(await client.gather({ map, set, list, pair }, skip)).toEqualTypeOf<{
        map: Map<string, number>;
        set: Set<number>;
        list: number[];
        pair: (number | { at?: number })[];
      }>();
    });
  });

  it('take what to do with failures from a variable', () => {
    typed(async (client) => {
      const n = client.submit(inc, 1);
      const errors = 'skip' as 'throw' | 'skip' | 'return';
      expectTypeOf(await client.gather([n, n], { errors })).toEqualTypeOf<
        [number, number] | number[] | [number | Error, number | Error]
      >();
      const options: { errors?: 'throw' | 'return' } = {};
      expectTypeOf(await client.gather(n, options)).toEqualTypeOf<number | Error>();
      expectTypeOf(await client.gather(n, { errors: 'throw' })).toBeNumber();
      expectTypeOf(await client.gather(n, {})).toBeNumber();
      // @ts-expect-error no such way
      client.gather(n, { errors: 'ignore' });
      // @ts-expect-error no such option
      client.gather(n, { error: 'skip' });
    });
  });

  it('scatter gives a future, or one for each item of an array', () => {
    typed((client) => {
      expectTypeOf(client.scatter(new Float64Array(3))).toEqualTypeOf<Future<Float64Array<ArrayBuffer>>>();
      expectTypeOf(client.scatter([1, 2] as number[])).toEqualTypeOf<Future<number>[]>();
      expectTypeOf(client.scatter([1, 2] as readonly number[])).toEqualTypeOf<Future<number>[]>();
      expectTypeOf(client.scatter<number>([1, 2])).toEqualTypeOf<Future<number>[]>();
      expectTypeOf(client.scatter([1, 'a'])).toEqualTypeOf<[Future<number>, Future<string>]>();
      expectTypeOf(client.scatter([['a', 'b']])[0]).toEqualTypeOf<Future<string[]>>();
      client.submit((xs: Float64Array) => xs.length, client.scatter(new Float64Array(3)));
    });
  });
});

describe('futures of different types in one list', () => {
  it('are waited for, and are of any of their types', () => {
    typed(async (client) => {
      const n = client.submit(inc, 1);
      const texts = client.map(greet, ['a']);
      const mixed = [n, texts, client.submit(load, 'x')];
      type Mixed = number | string | { path: string; rows: number[] };
      expectTypeOf((await client.wait(mixed)).done).toEqualTypeOf<Future<Mixed>[]>();
      expectTypeOf((await client.wait([n, texts])).notDone).toEqualTypeOf<Future<number | string>[]>();
      expectTypeOf(
        (await client.wait([client.submit(inc, 1), client.submit(greet, 'a')])).done,
      ).toEqualTypeOf<Future<number | string>[]>();
      expectTypeOf((await client.wait(new Set([n]))).done).toEqualTypeOf<Future<number>[]>();
      for await (const future of client.asCompleted(mixed)) {
        expectTypeOf(future).toEqualTypeOf<Future<Mixed>>();
        expectTypeOf(await future).toEqualTypeOf<Mixed>();
      }
      const ended = client.asCompleted([n, texts] as const);
      expectTypeOf(ended).toEqualTypeOf<AsCompleted<number | string>>();
      ended.add([n, texts]);
      // @ts-expect-error neither a number nor a text
      ended.add(client.submit(load, 'x'));
      client.cancel(mixed);
      client.release([n, texts]);
      client.progress(mixed);
      // @ts-expect-error not a future
      client.wait([1]);
      // @ts-expect-error not a future, either
      client.cancel(Promise.resolve(1));
    });
  });

  it('are waited for in generic functions', () => {
    typed((client) => {
      const firstOf = async <T>(futures: Futures<T>): Promise<Future<T> | undefined> =>
        (await client.wait(futures, { until: 'first' })).done[0];
      expectTypeOf(firstOf(client.map(inc, [1]))).toEqualTypeOf<Promise<Future<number> | undefined>>();
    });
  });
});

describe('options that are not said', () => {
  it('may be undefined, as in a program whose compiler tells that from leaving them out', () => {
    typed(async (client) => {
      const number = undefined as number | undefined;
      const text = undefined as string | undefined;
      const flag = undefined as boolean | undefined;
      const n = client
        .with({ retries: number, timeoutMs: number, priority: number, key: text })
        .submit(inc, 1);
      client.wait(n, { until: undefined, timeoutMs: number });
      client.waitForWorkers(1, { timeoutMs: number });
      client.scatter(1, { broadcast: flag, workers: undefined });
      client.progress(n, { stream: undefined });
      const { Client } = await import('./client.ts');
      await Client.connect(text, { token: text, ca: text, relay: flag, output: undefined });
      const { LocalCluster } = await import('./local/local-cluster.ts');
      await LocalCluster.start({ workers: number, threads: number, inProcess: flag, env: undefined });
      const { KubeCluster } = await import('./kubernetes/kube-cluster.ts');
      await KubeCluster.create({
        name: 'a',
        workers: number,
        image: text,
        namespace: text,
        timeoutMs: number,
      });
    });
  });
});

describe('the rest', () => {
  it('flows', () => {
    typed(async (client) => {
      const list = client.map(inc, [1, 2]);
      for await (const future of client.asCompleted(list))
        expectTypeOf(future).toEqualTypeOf<Future<number>>();
      expectTypeOf((await client.wait(list)).done).toEqualTypeOf<Future<number>[]>();
      expectTypeOf(await client.run(() => process.pid)).toEqualTypeOf<Map<string, number>>();
      client.with({ retries: 3, timeoutMs: 60_000, priority: 10 }).map(inc, [1]);
      // @ts-expect-error no such option
      client.with({ retry: 3 });
    });
  });
});
