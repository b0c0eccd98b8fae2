/** Calls and their arguments. */
import { describe, expect, it } from 'vitest';
import type { Future } from '../../future.ts';
import type { Its } from './port.ts';
import { add, inc, range, sum } from './works.ts';

export function submitting({ client }: Its): void {
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

    it('takes futures that functions and instances among the arguments hold', async () => {
      class Job {
        readonly rows: { readonly value: number };
        constructor(rows: { readonly value: number }) {
          this.rows = rows;
        }
        run(): number {
          return this.rows.value + 1;
        }
      }
      const made = client().submit(inc, 4);
      const call = (fn: () => number) => fn();
      expect(await client().submit(call, () => made.value)).toBe(5);
      expect(await client().gather(client().map(call, [() => made.value, () => made.value + 1]))).toEqual([
        5, 6,
      ]);
      expect(await client().submit((job: Job) => job.run(), new Job(made))).toBe(6);
    });

    it('takes a list without futures, whatever is submitted next', async () => {
      const none = client().map(inc, [] as number[]);
      const total = (xs: readonly unknown[]) => xs.length;
      expect(await client().submit(total, none)).toBe(0);
      expect(await client().submit(inc, 1)).toBe(2);
      expect(await client().submit(total, none)).toBe(0);
      expect(await client().submit(() => none.length)).toBe(0);
      expect(await client().gather(client().map(inc, none))).toEqual([]);
      expect(await client().submit(inc, 2)).toBe(3);
    });

    it('copies large data that is captured when it is called', async () => {
      const weights = new Float64Array(1_000);
      const read = () => weights[0];
      const steps = [0, 1, 2].map((step) => {
        weights[0] = step;
        return client().submit(read);
      });
      weights[0] = 77;
      expect(await client().gather(steps)).toEqual([0, 1, 2]);
      weights[0] = 1;
      expect(await client().submit(read)).toBe(1);
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

    it('takes functions of any name', async () => {
      const named = (name: unknown) => Object.defineProperty((x: number) => x + 1, 'name', { value: name });
      for (const name of ['x'.repeat(5_000), '', 5, '__proto__', '\ud800'])
        expect(await client().submit(named(name), 1)).toBe(2);
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

export function mapping({ client }: Its): void {
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

    it('takes as many items as an iterable gives, whatever it calls its size or length', async () => {
      class Path {
        readonly length = 1.5;
        readonly size = 2;
        *[Symbol.iterator]() {
          yield* [1, 2, 3, 4];
        }
      }
      expect(await client().gather(client().map(inc, new Path()))).toEqual([2, 3, 4, 5]);
      expect(await client().gather(client().map(add, new Path(), [10, 20]))).toEqual([11, 22]);
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
