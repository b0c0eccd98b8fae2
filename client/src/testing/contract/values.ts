/** Values that come home, small and large. */
import { describe, expect, it } from 'vitest';
import type { Its } from './port.ts';
import { inc, pending, range } from './works.ts';

export function gathering({ client }: Its): void {
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

    it('keeps the shape of what is readonly', async () => {
      const two = client().submit(inc, 1);
      const map: ReadonlyMap<string, readonly (typeof two)[]> = new Map([['a', Object.freeze([two])]]);
      const gathered = await client().gather(Object.freeze({ map, set: new Set([two]), pair: [two, 'x'] }));
      expect(gathered).toEqual({ map: new Map([['a', [2]]]), set: new Set([2]), pair: [2, 'x'] });
    });

    it('keeps holes', async () => {
      const holed: unknown[] = new Array(3);
      holed[1] = client().submit(inc, 1);
      const gathered = await client().gather(holed);
      expect([gathered.length, Object.keys(gathered), gathered[1]]).toEqual([3, ['1'], 2]);
      expect(await client().gather(new Array(3))).toEqual(new Array(3));
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
      for (const errors of ['skip', 'return'] as const)
        expect((await client().gather(odd, { errors })).length).toBe(errors === 'skip' ? 2 : 3);
    });

    it('refuses a shape that contains itself', () => {
      const loop: unknown[] = [];
      loop.push(loop);
      expect(() => client().gather(loop)).toThrow('contains itself');
    });
  });
}

export function large({ client }: Its): void {
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

  it('are scattered as they are at the call, unless they are large', async () => {
    const part = new Float64Array(1_000);
    const numbers = [1, 2];
    const parts = [1, 2, 3].map((value) => client().scatter({ part: part.fill(value), numbers }));
    numbers.push(part.fill(0).length);
    const first = (data: { part: Float64Array; numbers: number[] }) => [data.part[0], ...data.numbers];
    expect(await client().gather(client().map(first, parts))).toEqual(
      [1, 2, 3].map((value) => [value, 1, 2]),
    );
    const large = new Float64Array(100_000).fill(7);
    const scattered = client().scatter(large);
    await client().wait(scattered);
    large.fill(0);
    expect(await client().submit((xs: Float64Array) => xs[99_999], scattered)).toBe(7);
  });

  it('are brought to the tasks that need them, though their future is released before', async () => {
    const data = client().scatter(new Float64Array(500_000).fill(2));
    const length = client().submit((xs: Float64Array) => xs.length, data);
    data.release();
    expect(await length).toBe(500_000);
  });

  it('are read by all threads in one memory, when they are large', async () => {
    const data = client().scatter(new Float64Array(100_000));
    const isShared = (values: Float64Array) => values.buffer instanceof SharedArrayBuffer;
    expect(await client().gather(range(4).map(() => client().submit(isShared, data)))).toEqual(
      range(4).map(() => true),
    );
  });

  it('scatter gives a future for each item, or copies everywhere', async () => {
    const [a, b] = client().scatter(['one', { two: 2 }]);
    expect(await client().gather([a!, b!])).toEqual(['one', { two: 2 }]);
    expect(client().scatter([])).toEqual([]);
    const everywhere = client().scatter({ on: 'all' }, { broadcast: true });
    expect(await client().submit((x: { on: string }) => x.on, everywhere)).toBe('all');
    expect(() => client().scatter({ pending })).toThrow('cannot send scattered value -> pending: ');
    expect(() => client().scatter(['x', [pending]])).toThrow('cannot send scattered value 1 -> [0]: ');
    for (const future of [client().submit(inc, 1), client().map(inc, [1])])
      for (const beside of [1, class {}])
        expect(() => client().scatter({ a: [beside, future] })).toThrow(
          'cannot send scattered value -> a -> [1]: a Future has no meaning here; gather it and send its value, or pass it to a task as an argument',
        );
  });
}
