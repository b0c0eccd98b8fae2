import '@taskloom/protocol/functions';
import { BLOCK_BYTES, type DecodeContext, decodeBlock } from '@taskloom/protocol/values';
import { expect, test, vi } from 'vitest';
import { Outcomes } from './outcomes.ts';
import { Report } from './report.ts';
import type { TaskOrder } from './task-order.ts';
import { BLOCK_WIDTH, type FromThread, padded } from './wire.ts';

const NONE = Symbol('none');

function thread() {
  const report = new Report();
  const context: DecodeContext = { resolve: () => undefined };
  const outcomes = new Outcomes(report, context, () => {});
  const order = (batch: number, first: number, end = first + 1) =>
    ({ order: 100 * batch + first, batch, first, end, gathered: undefined }) as TaskOrder;
  return {
    outcomes,
    /** Runs the tasks of an order, each with its index as result. */
    run: (batch: number, first: number, end = first + 1) => {
      const given = order(batch, first, end);
      for (let index = first; index < end; index++) outcomes.add(outcomes.gather(given), index, { index });
    },
    report: () => {
      outcomes.close();
      const { report: number, blocks } = report.take();
      return { number, blocks };
    },
    message: () => {
      outcomes.close();
      return report.take();
    },
    read: (batch: number, index: number) => outcomes.read(batch, index, NONE),
  };
}

test('results of many orders can be read until their report was taken, and no longer', () => {
  const { outcomes, run, report, read } = thread();
  for (let index = 0; index < 50; index++) run(1, index);
  run(2, 0, 3);
  const first = report();
  for (let index = 50; index < 80; index++) run(1, index);
  for (let index = 0; index < 80; index++) expect(read(1, index)).toEqual({ index });
  expect(read(2, 2)).toEqual({ index: 2 });
  expect(read(1, 80)).toBe(NONE);

  outcomes.taken(first.number);
  expect(read(1, 49)).toBe(NONE);
  expect(read(2, 2)).toBe(NONE);
  for (let index = 50; index < 80; index++) expect(read(1, index)).toEqual({ index });
  outcomes.taken(report().number);
  expect(read(1, 79)).toBe(NONE);
});

test('a result that is read before its report is reported once', () => {
  const { run, report, read } = thread();
  run(1, 0);
  run(1, 1);
  expect(read(1, 0)).toEqual({ index: 0 });
  run(1, 2);
  const { blocks } = report();
  const reported = report();
  expect(blocks.length).toBeGreaterThan(0);
  expect(reported.blocks).toEqual([]);
  expect(read(1, 2)).toEqual({ index: 2 });
});

test('an order that goes on after a report gathers anew', () => {
  const { outcomes, report, read } = thread();
  const order = { order: 7, batch: 1, first: 0, end: 2, gathered: undefined } as unknown as TaskOrder;
  outcomes.add(outcomes.gather(order), 0, 'a');
  const { number } = report();
  outcomes.add(outcomes.gather(order), 1, 'b');
  expect([read(1, 0), read(1, 1)]).toEqual(['a', 'b']);
  outcomes.taken(number);
  expect([read(1, 0), read(1, 1)]).toEqual([NONE, 'b']);
});

const TABLE = Array.from({ length: 10_000 }, (_, i) => i + 0.5);
const TABLE_BYTES = 9 * TABLE.length;

class Reading {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
  get value() {
    return TABLE[this.at];
  }
}

const contents = ({ blocks, pack, large }: FromThread): { count: number; content: Uint8Array }[] => {
  let at = 0;
  let next = 0;
  return Array.from({ length: blocks.length / BLOCK_WIDTH }, (_, i) => {
    const [, , count, , bytes] = blocks.slice(i * BLOCK_WIDTH) as [number, number, number, number, number];
    const content = bytes === 0 ? large[next++]! : pack.slice(at, at + bytes);
    at += padded(bytes);
    return { count, content };
  });
};

test('instances of a class that closes over much have that once in a block, with what lies between them', () => {
  const { outcomes, read, message } = thread();
  const order = { order: 7, batch: 1, first: 0, end: 90, gathered: undefined } as unknown as TaskOrder;
  const make = (i: number) => (i % 3 === 2 ? i : i % 10 === 4 ? { i } : new Reading(i));
  for (let i = 0; i < 90; i++) outcomes.add(outcomes.gather(order), i, make(i));
  expect(read(1, 60)).toEqual(make(60));
  const blocks = contents(message());
  expect(blocks.flatMap(({ content }) => decodeBlock(content))).toEqual(
    Array.from({ length: 90 }, (_, i) => make(i)),
  );
  expect(blocks.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThan(10 * TABLE_BYTES);
  const given = decodeBlock(blocks.at(-1)!.content);
  expect([...new Set(given.map((each) => (each as object).constructor))]).toContain(Reading);
  expect((read(1, 60) as Reading).value).toBe(60.5);
});

test('instances of a class that closes over very much are a block each, and can be read', () => {
  const { outcomes, read, message } = thread();
  const memory = new Uint8Array(9_000_000).fill(1);
  class Heavy {
    at: number;
    constructor(at: number) {
      this.at = at;
    }
    get value() {
      return memory[this.at];
    }
  }
  const order = { order: 7, batch: 1, first: 0, end: 4, gathered: undefined } as unknown as TaskOrder;
  for (let i = 0; i < 4; i++) outcomes.add(outcomes.gather(order), i, i === 2 ? 'between' : new Heavy(i));
  const blocks = contents(message());
  expect(blocks.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
  expect((read(1, 3) as Heavy).value).toBe(1);
  const values = blocks.flatMap(({ content }) => decodeBlock(content) as (Heavy | string)[]);
  expect(values.map((value) => (typeof value === 'string' ? value : [value.at, value.value]))).toEqual([
    [0, 1],
    [1, 1],
    'between',
    [3, 1],
  ]);
});

test('what a class closes over is as it was when a result brought it, whatever tasks do to it later', () => {
  const { outcomes, message } = thread();
  const settings: Record<string, unknown> = { depth: 1 };
  class Deep {
    get depth() {
      return settings.depth;
    }
    // A class with private fields comes home as a copy, with what it closed over.
    readonly #own = 1;
    get own() {
      return this.#own;
    }
  }
  const order = { order: 7, batch: 1, first: 0, end: 3, gathered: undefined } as unknown as TaskOrder;
  for (let i = 0; i < 3; i++) outcomes.add(outcomes.gather(order), i, new Deep());
  settings.depth = Promise.resolve();
  const given = contents(message()).flatMap(({ content }) => decodeBlock(content) as Deep[]);
  expect(given.map(({ depth, own }) => [depth, own])).toEqual([1, 1, 1].map((one) => [one, 1]));
});

test('results of tasks that end in any order, some of them large, come in blocks of bounded size, each as it was', () => {
  const { outcomes, read, message } = thread();
  const ends = [3, 0, 2, 1, 5, 4];
  const orders = [1, 2].map(
    (batch) => ({ order: batch, batch, first: 0, end: 6, gathered: undefined }) as unknown as TaskOrder,
  );
  const same = { text: '', seen: [0] };
  const make = (batch: number, index: number) => ({ text: `${batch} `.repeat(10_000), seen: [index] });
  for (const index of ends)
    for (const order of orders) {
      const result = index === 2 ? 'plain' : Object.assign(same, make(order.batch, index));
      outcomes.add(outcomes.gather(order), index, result);
    }
  expect([read(1, 3), read(2, 2), read(2, 4)]).toEqual([make(1, 3), 'plain', make(2, 4)]);
  const blocks = contents(message());
  for (const { count, content } of blocks) if (count > 1) expect(content.length).toBeLessThan(BLOCK_BYTES);
  const values = [1, 2].flatMap((batch) =>
    [0, 1, 2, 3, 4, 5].map((i) => (i === 2 ? 'plain' : make(batch, i))),
  );
  expect(blocks.flatMap(({ content }) => decodeBlock(content))).toEqual(values);
});

test('where there is no memory for one of the results, each of the others is reported once', () => {
  const report = new Report();
  const refused: number[] = [];
  const outcomes = new Outcomes(report, { resolve: () => undefined }, (_, index) => refused.push(index));
  const order = { order: 7, batch: 1, first: 0, end: 4, gathered: undefined } as unknown as TaskOrder;
  for (const [index, value] of [1, 2, 'x'.repeat(100_000), 3].entries())
    outcomes.add(outcomes.gather(order), index, value);
  class NoRoom {
    constructor() {
      throw new RangeError('Array buffer allocation failed');
    }
  }
  vi.stubGlobal('SharedArrayBuffer', NoRoom);
  outcomes.close();
  vi.unstubAllGlobals();
  const { blocks } = report.take();
  const rows: number[] = [];
  for (let at = 0; at < blocks.length; at += BLOCK_WIDTH)
    for (let row = 0; row < blocks[at + 2]!; row++) rows.push(blocks[at + 1]! + row);
  expect(rows).toEqual([0, 1, 3]);
  expect(refused).toEqual([2]);
});
