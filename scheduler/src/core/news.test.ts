import { expect, test } from 'vitest';
import { WorkerOrders } from './news.ts';

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
