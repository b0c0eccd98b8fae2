import { COLUMN_HEAD_BYTES, COLUMNS_HEAD_BYTES, ColumnKind } from './columns.ts';
import { ValueError } from './errors.ts';
import { resolveFuture } from './futures.ts';
import type { Shared } from './graph.ts';
import { partOf, u32At } from './in-heap.ts';
import { BUFFER_ALIGNMENT } from './limits.ts';
import type { DecodeContext } from './port.ts';
import { decodeRow, decodeValue } from './value.ts';

type ReadRow = (row: number) => unknown;

/** The arguments of a row. Values are decoded when a row first asks for them; futures are resolved for that row only. */
export function decodeColumns(bytes: Uint8Array, context: DecodeContext = {}): (row: number) => unknown[] {
  if (bytes.byteLength < COLUMNS_HEAD_BYTES) throw truncated();
  const rows = u32At(bytes, 4);
  const readers = columnsOf(bytes).map(({ kind, data }) => columnReader(kind, data, rows, context));
  return (row) => {
    if (!(row >= 0 && row < rows)) throw new ValueError(`row ${row} of a block of ${rows} rows`);
    const list: unknown[] = [];
    for (const read of readers) list.push(read(row));
    return list;
  };
}

function columnsOf(bytes: Uint8Array): { kind: number; data: Uint8Array }[] {
  const count = u32At(bytes, 0);
  let end = COLUMNS_HEAD_BYTES + COLUMN_HEAD_BYTES * count;
  if (end > bytes.byteLength) throw truncated();
  const columns: { kind: number; data: Uint8Array }[] = [];
  for (let index = 0; index < count; index += 1) {
    const head = COLUMNS_HEAD_BYTES + COLUMN_HEAD_BYTES * index;
    const start = Math.ceil(end / BUFFER_ALIGNMENT) * BUFFER_ALIGNMENT;
    end = start + u32At(bytes, head + 4);
    if (end > bytes.byteLength) throw truncated();
    columns.push({ kind: u32At(bytes, head), data: partOf(bytes, start, end) });
  }
  return columns;
}

function columnReader(kind: number, data: Uint8Array, rows: number, context: DecodeContext): ReadRow {
  switch (kind) {
    case ColumnKind.values:
      return valuesReader(data, rows, context);
    case ColumnKind.same:
      return sameReader(data, context);
    case ColumnKind.range:
    case ColumnKind.tasks:
      return tasksReader(data, kind, rows, context);
    case ColumnKind.rows:
      return rowsReader(data, rows, context);
    case ColumnKind.sharing:
      return sharingReader(data, rows, context);
    default:
      throw new ValueError(`unknown kind of column ${kind}: written by a newer version?`);
  }
}

function valuesReader(data: Uint8Array, rows: number, context: DecodeContext): ReadRow {
  let values: readonly unknown[] | undefined;
  return (row) => {
    values ??= arrayOf(decodeValue(data, context), rows);
    return values[row];
  };
}

function arrayOf(value: unknown, rows: number): readonly unknown[] {
  if (Array.isArray(value) && value.length === rows) return value;
  throw new ValueError(`a column of ${rows} rows is not an array of that length`);
}

function sameReader(data: Uint8Array, context: DecodeContext): ReadRow {
  let decoded: { readonly value: unknown } | undefined;
  return () => {
    decoded ??= { value: decodeValue(data, context) };
    return decoded.value;
  };
}

function tasksReader(data: Uint8Array, kind: number, rows: number, context: DecodeContext): ReadRow {
  needBytes(data, kind === ColumnKind.range ? 4 : 4 * rows);
  if (kind === ColumnKind.range) return (row) => resolveFuture(context, u32At(data, 0) + row);
  return (row) => resolveFuture(context, u32At(data, 4 * row));
}

/** Each row is made anew, of classes that are made once. */
function sharingReader(data: Uint8Array, rows: number, context: DecodeContext): ReadRow {
  const readCommon = rowsReader(data, rows + 1, context);
  let common: { readonly value: unknown } | undefined;
  return rowsReader(data, rows + 1, context, () => {
    common ??= { value: readCommon(rows) };
    return common.value;
  });
}

function rowsReader(data: Uint8Array, rows: number, context: DecodeContext, shared?: Shared): ReadRow {
  needBytes(data, 8 * rows);
  return (row) => {
    const start = u32At(data, 8 * row);
    const end = start + u32At(data, 8 * row + 4);
    if (end > data.byteLength) throw truncated();
    return decodeRow(partOf(data, start, end), context, shared);
  };
}

function needBytes(data: Uint8Array, least: number): void {
  if (data.byteLength < least) throw truncated();
}

function truncated(): ValueError {
  return new ValueError(
    'the lengths of a block of arguments do not add up to its bytes: it was cut or damaged on the way',
  );
}
