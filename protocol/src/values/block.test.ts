import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  type Block,
  decodeBlock,
  encodeBlock,
  encodeValue,
  joinBlocks,
  joinParts,
  partsLength,
  TravelError,
} from './index.ts';
import { future } from './testing.contract.ts';

function decodeAll(blocks: readonly Block[]): Map<number, unknown> {
  const results = new Map<number, unknown>();
  for (const { first, count, parts } of blocks) {
    const decoded = decodeBlock(joinParts(parts));
    expect(decoded).toHaveLength(count);
    decoded.forEach((result, index) => {
      results.set(first + index, result);
    });
  }
  return results;
}

function refusing(results: readonly unknown[]): { blocks: Block[]; refused: Map<number, TravelError> } {
  const refused = new Map<number, TravelError>();
  const blocks = encodeBlock(results, (row, error) => refused.set(row, error));
  return { blocks, refused };
}

/** Of several codecs and sizes, some of them refused. */
const anyResult = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.oneof(fc.double(), fc.string(), fc.constant(undefined), fc.object({ maxDepth: 2 })),
  },
  fc.integer({ min: 0, max: 3000 }).map((length) => new Float64Array(length)),
  fc.integer({ min: 0, max: 70_000 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 30_000 }).map((length) => new Map([['x', 'é'.repeat(length)]])),
  fc.constant(() => 1),
);

describe('results in blocks', () => {
  it('come back whole, in order, in blocks of bounded size, without those that cannot travel', () => {
    fc.assert(
      fc.property(fc.array(anyResult, { maxLength: 40 }), (results) => {
        const { blocks, refused } = refusing(results);
        const decoded = decodeAll(blocks);
        expect([...decoded.keys()]).toEqual([...decoded.keys()].sort((a, b) => a - b));
        results.forEach((result, row) => {
          expect(refused.has(row)).toBe(typeof result === 'function');
          expect(decoded.has(row)).toBe(typeof result !== 'function');
          if (decoded.has(row)) deepStrictEqual(decoded.get(row), result);
        });
        for (const { count, parts } of blocks)
          if (count > 1) expect(partsLength(parts)).toBeLessThan(BLOCK_BYTES);
      }),
      { numRuns: 300 },
    );
  });

  it('fill their blocks', () => {
    const results = Array.from({ length: 100_000 }, (_, index) => index + 0.5);
    const blocks = encodeBlock(results);
    expect(blocks.length).toBe(Math.ceil(100_000 / Math.floor((BLOCK_BYTES - 37) / 9)));
    expect([...decodeAll(blocks).values()]).toEqual(results);
  });

  it('stand alone when large, and are not copied', () => {
    const large = new Float64Array(100_000);
    const blocks = encodeBlock([1, large, 2]);
    expect(blocks.map(({ first, count }) => [first, count])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(blocks[1]!.parts.some((part) => part.buffer === large.buffer)).toBe(true);
  });

  it('of one codec stay together', () => {
    const results = [/1/, /2/, new Map([[1, 1]]), new Set([2]), 1, /x/, new Error('y')];
    const blocks = encodeBlock(results);
    expect(blocks.map(({ first, count }) => [first, count])).toEqual([
      [0, 2],
      [2, 3],
      [5, 2],
    ]);
  });

  it('do not share objects with each other', () => {
    const part = { a: 1 };
    const blocks = encodeBlock([part, [part], part]);
    expect(blocks).toHaveLength(1);
    expect([...decodeAll(blocks).values()]).toEqual([part, [part], part]);
  });

  it('that cannot travel are told with the path, and leave their neighbours whole', () => {
    const lazy = {
      get it(): never {
        throw new Error('no disk');
      },
    };
    const { blocks, refused } = refusing([
      1,
      { db: { conn: Promise.resolve() } },
      2,
      new Map([[1, future(3)]]),
      lazy,
      3,
    ]);
    expect([...decodeAll(blocks)]).toEqual([
      [0, 1],
      [2, 2],
      [5, 3],
    ]);
    expect([...refused.keys()]).toEqual([1, 3, 4]);
    expect(refused.get(1)?.path).toEqual(['result', 'db', 'conn']);
    expect(refused.get(4)?.message).toMatch(/no disk/);
  });

  it('throw when nobody is told of the one that cannot travel', () => {
    expect(() => encodeBlock([1, Symbol('x')])).toThrow(TravelError);
  });

  it('may be none', () => {
    expect(encodeBlock([])).toEqual([]);
  });
});

describe('blocks that follow each other', () => {
  const joint = (bytes: readonly Uint8Array[]) => {
    const joined = joinBlocks(bytes);
    return joined && decodeBlock(joined);
  };
  const bytesOf = (results: readonly unknown[]) =>
    encodeBlock(results, () => {}).map(({ parts }) => joinParts(parts));

  it('are the same results as one block, or stay as they are', () => {
    const plain = fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.array(fc.integer()));
    fc.assert(
      fc.property(fc.array(fc.array(plain, { minLength: 1, maxLength: 5 }), { minLength: 1 }), (lists) => {
        deepStrictEqual(joint(lists.flatMap(bytesOf)), lists.flat());
      }),
    );
  });

  it('are the same whatever codecs they need, and joined again with others', () => {
    const any = fc.oneof(
      fc.double(),
      fc.string(),
      fc.bigInt(),
      fc.date(),
      fc.float64Array({ maxLength: 200 }),
      fc.dictionary(fc.string(), fc.uint8Array(), { noNullPrototype: true }),
      fc.integer().map((n) => new Map([[n, new Set([n])]])),
    );
    const alone = (results: readonly unknown[]) => results.map((result) => joinParts(encodeValue([result])));
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 20 }), fc.array(any, { minLength: 1 }), (a, b) => {
        const first = joinBlocks(alone(a));
        expect(first).toBeDefined();
        deepStrictEqual(decodeBlock(first!), a);
        deepStrictEqual(joint([first!, ...bytesOf(b)]), [...a, ...b]);
      }),
    );
  });

  it('are not joined where that would be too large', () => {
    const half = bytesOf(['x'.repeat(BLOCK_BYTES / 2)]);
    expect(joint([...half, ...half])).toBe(undefined);
    expect(joint([...half, ...bytesOf([1])])).toHaveLength(2);
    const wide = bytesOf([new Float64Array(BLOCK_BYTES / 16)]);
    expect(joint([...wide, ...wide])).toBe(undefined);
    expect(joint([...wide, ...bytesOf([1])])).toHaveLength(2);
  });

  it('keep typed arrays where they can be views', () => {
    const [numbers, after] = joint([
      ...bytesOf(['x']),
      ...bytesOf([new Float64Array(100).fill(7)]),
      ...bytesOf([true]),
    ])!.slice(1) as [Float64Array, boolean];
    expect([numbers[99], numbers.byteOffset % 8, after]).toEqual([7, 0, true]);
  });
});
