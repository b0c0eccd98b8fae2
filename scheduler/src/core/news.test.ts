import { expect, test } from 'vitest';
import { ClientNews, WorkerOrders } from './news.ts';

const MIB = 1024 * 1024;
const nothing = () => new Uint8Array(0);

test('arguments that are too much for one message go before the tasks that need them', () => {
  const orders = new WorkerOrders();
  orders.run.add(7, 0, 5, 1, 0, 0);
  for (let block = 0; block < 5; block++) {
    orders.blocks.add(7, block, 1);
    orders.addBlock(new Uint8Array(3 * MIB));
  }
  const runs = orders
    .take(nothing, nothing, false)
    .flatMap((message) => (message.op === 'run' ? [message] : []));
  expect(runs.map(({ blockFirst, batch }) => [[...blockFirst], [...batch]])).toEqual([
    [[0, 1], []],
    [[2, 3], []],
    [[4], [7]],
  ]);
  for (const { sections, blockBatch } of runs) expect(sections.length).toBe(blockBatch.length + 1);
});

test('rows that name more inputs than one message should have go in several', () => {
  const orders = new WorkerOrders();
  const inputs = [70_000, 500_000, 0, 600_000, 1_200_000, 3];
  for (const [row, count] of inputs.entries()) {
    orders.run.add(7, row, 1, row + 1, 0, orders.inputs.length);
    for (let i = 0; i < count; i++) orders.inputs.add(i, 1, row, i, 0);
  }
  orders.blocks.add(7, 0, 6);
  orders.addBlock(new Uint8Array(8));
  const runs = orders
    .take(nothing, nothing, false)
    .flatMap((message) => (message.op === 'run' ? [message] : []));
  expect(runs.map(({ first, blockBatch }) => [[...first], [...blockBatch]])).toEqual([
    [[0, 1, 2], [7]],
    [[3], []],
    [[4], []],
    [[5], []],
  ]);
  for (const { first, inputStart, task, from } of runs) {
    expect([inputStart.length, inputStart.at(-1)]).toEqual([first.length + 1, task.length]);
    for (const [at, row] of first.entries()) {
      const [start, end] = [inputStart[at] as number, inputStart[at + 1] as number];
      expect([...new Set(from.subarray(start, end))]).toEqual(inputs[row] === 0 ? [] : [row]);
      expect(end - start).toBe(inputs[row]);
    }
  }
});

test('neighbours that fail by one error are told as one', () => {
  const news = new ClientNews();
  const [one, other] = [Uint8Array.of(1), Uint8Array.of(1)];
  for (let task = 5; task < 8; task++) news.fail(task, 1, one);
  for (let task = 4; task > 1; task--) news.fail(task, 1, one);
  news.fail(8, 10, one);
  news.fail(20, 2, one);
  news.fail(22, 1, other);
  const [failed] = news.take(true);
  expect(failed).toMatchObject({
    op: 'failed',
    first: Uint32Array.of(2, 20, 22),
    count: Uint32Array.of(16, 2, 1),
    sections: [one, one, other],
  });
  expect(news.take(true)).toEqual([]);
});

test('what failed is told as the client takes it', () => {
  const news = new ClientNews();
  const error = new Uint8Array(MIB);
  for (let task = 0; task < 20; task++) news.fail(1 + 2 * task, 1, error);
  expect(news.take(false)).toEqual([]);
  const told = [];
  for (let messages = news.take(true); messages.length > 0; messages = news.take(true)) {
    for (const message of messages) if (message.op === 'failed') told.push(message);
  }
  expect(told.map(({ first, sections }) => [first.length, sections.length])).toEqual([
    [8, 8],
    [8, 8],
    [4, 4],
  ]);
  expect(told.flatMap(({ first }) => [...first])).toEqual(Array.from({ length: 20 }, (_, i) => 1 + 2 * i));
});
