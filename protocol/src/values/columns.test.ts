import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ArgumentColumn,
  decodeColumns,
  encodeColumns,
  joinParts,
  partsLength,
  TravelError,
} from './index.ts';
import { future, futures, listener, resolver } from './testing.contract.ts';

function rowsOf(columns: readonly ArgumentColumn[], rows: number): unknown[][] {
  const read = decodeColumns(joinParts(encodeColumns(columns, rows, listener().hooks)), resolver().context);
  return Array.from({ length: rows }, (_, row) => read(row));
}

describe('columns of arguments', () => {
  it('give each row its arguments', () => {
    const columns = [
      [1, 2],
      futures(7, 2),
      { same: { a: 1 } },
      [future(3), future(4)],
      [future(5), new Map([[1, 2]])],
    ];
    expect(rowsOf(columns, 2)).toEqual([
      [1, 'value of 7', { a: 1 }, 'value of 3', 'value of 5'],
      [2, 'value of 8', { a: 1 }, 'value of 4', new Map([[1, 2]])],
    ]);
  });

  it('give back any data', () => {
    const data = fc.anything({ withDate: true, withMap: true, withTypedArray: true, withSparseArray: true });
    const table = fc.array(fc.array(data, { minLength: 5, maxLength: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(table, (columns) => {
        const expected = Array.from({ length: 5 }, (_, row) => columns.map((column) => column[row]));
        expect(rowsOf(columns, 5)).toStrictEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('may have holes', () => {
    const part = { a: 1 };
    const column = Object.assign(new Array<unknown>(3), { 0: part, 2: part });
    const tasks = Object.assign(new Array<unknown>(3), { 0: future(1), 2: future(2) });
    expect(rowsOf([column, tasks], 3)).toEqual([
      [part, 'value of 1'],
      [undefined, undefined],
      [part, 'value of 2'],
    ]);
  });

  it('may be none, or have no rows', () => {
    expect(rowsOf([], 2)).toEqual([[], []]);
    expect(rowsOf([[]], 0)).toEqual([]);
  });

  it('keep large typed arrays as views, also in rows with futures', () => {
    const numbers = new Float64Array(10_000).fill(2);
    const sent = joinParts(
      encodeColumns(
        [
          ['a', 'b'],
          [numbers, [future(1)]],
        ],
        2,
        listener().hooks,
      ),
    );
    const bytes = new Uint8Array(new ArrayBuffer(sent.byteLength));
    bytes.set(sent);
    const [, first] = decodeColumns(bytes, resolver().context)(0) as [string, Float64Array];
    expect(first).toEqual(numbers);
    expect(first.buffer).toBe(bytes.buffer);
  });

  it('resolve the futures of the rows that are asked for, and no others', () => {
    const columns = [futures(10, 3), [future(1), future(2), future(3)], [[future(4)], 0, { x: future(6) }]];
    const { context, asked } = resolver();
    const read = decodeColumns(joinParts(encodeColumns(columns, 3, listener().hooks)), context);
    expect(asked).toEqual([]);
    expect(read(2)).toEqual(['value of 12', 'value of 3', { x: 'value of 6' }]);
    expect(asked).toEqual([12, 3, 6]);
  });

  it('encode a value that all rows have once', () => {
    const settings = { text: 'x'.repeat(10_000) };
    const column = new Array(100).fill(settings);
    expect(partsLength(encodeColumns([column], 100))).toBeLessThan(11_000);
    expect(rowsOf([column], 100)[99]).toEqual([settings]);
  });

  it('tell the hooks which row waits for what', () => {
    const { hooks, heard } = listener();
    const columns = [
      [future(1), [future(2), futures(5, 2)]],
      [future(3), future(4)],
      { same: [future(9)] },
      futures(10, 2),
    ];
    encodeColumns(columns, 2, hooks);
    expect(heard).toEqual(['row 0: 1', 'row 1: 2', 'row 1: 5 + 2', 'row 0: 3', 'row 1: 4', 'row -1: 9']);
  });

  it('name the argument and the row that cannot travel', () => {
    const path = (columns: readonly ArgumentColumn[]): readonly string[] => {
      try {
        encodeColumns(columns, 2, listener().hooks);
      } catch (error) {
        if (error instanceof TravelError) return error.path;
      }
      return [];
    };
    expect(
      path([
        [1, 2],
        [{ ok: 1 }, { bad: Promise.resolve() }],
      ]),
    ).toEqual(['argument 2 of row 1', 'bad']);
    expect(path([{ same: [Symbol('x')] }])).toEqual(['argument 1', '[0]']);
  });

  it('must have as many values as there are rows', () => {
    expect(() => encodeColumns([[1, 2]], 3)).toThrow(RangeError);
    expect(() => encodeColumns([futures(1, 2)], 3)).toThrow(RangeError);
  });
});
