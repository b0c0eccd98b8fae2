import type { DecodeContext } from '@taskloom/protocol/values';
import { expect, test } from 'vitest';
import { Outcomes } from './outcomes.ts';
import { Report } from './report.ts';
import type { TaskOrder } from './task-order.ts';

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
