import { isFuture, isFutures, reportFutures } from './futures.ts';
import type { Sharing } from './graph.ts';
import { IN_HEAP_BYTES, putU32 } from './in-heap.ts';
import { BUFFER_ALIGNMENT } from './limits.ts';
import { PartsBuilder, partsLength } from './parts.ts';
import type { EncodeHooks, FutureLike, FuturesLike, Parts } from './port.ts';
import { Codec, EVERY_ROW, FUTURE, FUTURES } from './port.ts';
import { encodeFutureless, encodeRow } from './value.ts';

/**
 * One argument of many calls: a value per row; row i is the future first + i; or one value for all rows.
 */
export type ArgumentColumn = readonly unknown[] | FuturesLike | { readonly same: unknown };

/**
 * The bytes of a block of argument lists (little-endian):
 *
 *   u32 columns, u32 rows, columns x { u32 kind, u32 length } | each column's data, aligned to 16
 *
 * by kind: values: a value, the array of all rows. same: a value. range: u32 first task. tasks: a u32 task for each row.
 * rows: for each row u32 offset in the data and u32 length | a value each, aligned when it has buffers.
 * sharing: like rows, with one value more at the end: the classes that the rows have in common.
 */
export const ColumnKind = { values: 0, same: 1, range: 2, tasks: 3, rows: 4, sharing: 5 } as const;
export const COLUMNS_HEAD_BYTES = 8;
export const COLUMN_HEAD_BYTES = 8;

/** Where a column's values stand, for the error when one cannot travel. */
interface Place {
  readonly path: string;
  readonly firstRow: number | undefined;
}

interface EncodedColumn {
  readonly kind: number;
  readonly parts: Parts;
}

/**
 * Hooks hear of the futures in each row, and as EVERY_ROW of those in a value that is the same for all. They do not hear
 * of a column that is itself a list of futures: whoever passes it has the range in hand. `firstRow` is what the first row is
 * called where one is refused; a single one has no number unless it is said.
 */
export function encodeColumns(
  columns: readonly ArgumentColumn[],
  rows: number,
  hooks?: EncodeHooks,
  firstRow = rows > 1 ? 0 : undefined,
): Parts {
  const encoded = columns.map((column, index) =>
    encodeColumn(column, rows, hooks, { path: `argument ${index + 1}`, firstRow }),
  );
  const builder = new PartsBuilder();
  builder.copy(headOf(encoded, rows));
  for (const { parts } of encoded) {
    builder.align(BUFFER_ALIGNMENT);
    builder.append(parts);
  }
  return builder.build();
}

function headOf(columns: readonly EncodedColumn[], rows: number): Uint8Array {
  const head = [columns.length, rows];
  for (const { kind, parts } of columns) head.push(kind, partsLength(parts));
  return u32s(head);
}

function encodeColumn(
  column: ArgumentColumn,
  rows: number,
  hooks: EncodeHooks | undefined,
  place: Place,
): EncodedColumn {
  const { path } = place;
  if (isFutures(column)) return encodeRange(column, rows);
  if (!Array.isArray(column)) return encodeSame((column as { same: unknown }).same, hooks, path);
  if (column.length !== rows) throw new RangeError(`${path} has ${column.length} values for ${rows} rows`);
  const first: unknown = column[0];
  if (typeof first === 'object' && first !== null) {
    if (rows > 1 && all(column, (value) => value === first)) return encodeSame(first, hooks, path);
    if (isFuture(first) && all(column, isFutureValue))
      return encodeTasks(column as readonly FutureLike[], hooks, path);
  }
  return encodeValues(column, hooks, place);
}

/** Unlike `every`, asks about holes too. */
function all(column: readonly unknown[], holds: (value: unknown) => boolean): boolean {
  return column.findIndex((value) => !holds(value)) < 0;
}

function isFutureValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isFuture(value);
}

function encodeSame(value: unknown, hooks: EncodeHooks | undefined, path: string): EncodedColumn {
  return { kind: ColumnKind.same, parts: encodeRow(value, hooks, EVERY_ROW, path) };
}

function encodeRange(column: FuturesLike, rows: number): EncodedColumn {
  const { first, count } = column[FUTURES];
  if (count !== rows)
    throw new RangeError(`a list of ${count} futures cannot be the argument of ${rows} rows`);
  return { kind: ColumnKind.range, parts: [u32s([first])] };
}

function encodeTasks(
  column: readonly FutureLike[],
  hooks: EncodeHooks | undefined,
  path: string,
): EncodedColumn {
  column.forEach((future, row) => {
    reportFutures([future], hooks, row, [path]);
  });
  return { kind: ColumnKind.tasks, parts: [u32s(column.map((future) => future[FUTURE]))] };
}

/**
 * All rows as one array where no future is in the way: those must be resolved row by row. An object that some of the rows
 * share is sent once, which takes the v8 codec.
 */
function encodeValues(
  column: readonly unknown[],
  hooks: EncodeHooks | undefined,
  place: Place,
): EncodedColumn {
  const parts = encodeFutureless(column, place.path);
  return parts === undefined ? encodeRows(column, hooks, place) : { kind: ColumnKind.values, parts };
}

function encodeRows(column: readonly unknown[], hooks: EncodeHooks | undefined, place: Place): EncodedColumn {
  const { path, firstRow } = place;
  const encoded: Parts[] = [];
  const sharing: Sharing | undefined = column.length > 1 || hooks?.shared ? {} : undefined;
  for (let row = 0; row < column.length; row += 1) {
    const name = firstRow === undefined ? path : `${path} of row ${firstRow + row}`;
    encoded.push(encodeRow(column[row], hooks, row, name, sharing));
  }
  const common = sharing?.common?.finish();
  if (common !== undefined) {
    encoded.push(common);
    hooks?.shared?.(partsLength(common));
  }
  const table: number[] = [];
  let end = 8 * encoded.length;
  for (const parts of encoded) {
    const start = isAligned(parts) ? Math.ceil(end / BUFFER_ALIGNMENT) * BUFFER_ALIGNMENT : end;
    table.push(start, partsLength(parts));
    end = start + partsLength(parts);
  }
  const kind = common === undefined ? ColumnKind.rows : ColumnKind.sharing;
  return { kind, parts: laidOut(u32s(table), encoded) };
}

function laidOut(table: Uint8Array, encoded: readonly Parts[]): Parts {
  const builder = new PartsBuilder();
  builder.copy(table);
  for (const parts of encoded) {
    if (isAligned(parts)) builder.align(BUFFER_ALIGNMENT);
    builder.append(parts);
  }
  return builder.build();
}

/** Plain msgpack has nothing in it that must be aligned. */
function isAligned(parts: Parts): boolean {
  return parts[0]?.[0] !== Codec.msgpack;
}

function u32s(values: readonly number[]): Uint8Array {
  const { length } = values;
  const bytes = new Uint8Array(4 * length);
  if (bytes.length > IN_HEAP_BYTES) new Uint32Array(bytes.buffer).set(values);
  else for (let i = 0; i < length; i += 1) putU32(bytes, 4 * i, values[i]!);
  return bytes;
}
