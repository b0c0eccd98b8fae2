import { expect, test } from 'vitest';
import { decodeBlock, joinParts, WrittenRows } from './index.ts';
import { future } from './testing.contract.ts';

const read = (rows: WrittenRows, start: number, end: number, count: number) =>
  decodeBlock(joinParts(rows.block(start, end, count)));

test('rows are as they were when they were written, whatever is done to them later', () => {
  const rows = new WrittenRows();
  const same = { n: 0, list: [0], map: new Map([['n', 0]]) };
  const ends = [0, 1, 2].map((n) => {
    same.n = n;
    same.list[0] = n;
    same.map.set('n', n);
    expect(rows.add(same)).toBe(true);
    return rows.end;
  });
  const expected = [0, 1, 2].map((n) => ({ n, list: [n], map: new Map([['n', n]]) }));
  expect(read(rows, 0, ends[2]!, 3)).toEqual(expected);
  expect(read(rows, ends[0]!, ends[1]!, 1)).toEqual([expected[1]]);
});

test('what msgpack does not keep by itself leaves nothing behind', () => {
  const rows = new WrittenRows();
  rows.add({ a: 1 });
  const { end } = rows;
  const twice = {};
  const throwing = {
    a: 1,
    get broken(): never {
      throw new Error('no');
    },
  };
  for (const value of [
    /x/,
    () => 1,
    [1, /x/],
    [future(1)],
    [twice, twice],
    throwing,
    new Float64Array(1_000),
  ])
    expect([rows.add(value), rows.end]).toEqual([false, end]);
  expect(rows.add([twice])).toBe(true);
  expect(read(rows, 0, rows.end, 2)).toEqual([{ a: 1 }, [{}]]);
});

test('what is cleared makes room', () => {
  const rows = new WrittenRows();
  for (let i = 0; i < 3; i++) {
    expect(rows.add('x'.repeat(2_000_000))).toBe(true);
    rows.clear();
    expect(rows.end).toBe(0);
  }
});
