/** A call for each row of the iterables, as one range of tasks. */
import { types } from 'node:util';
import type { FunctionImage } from '@taskloom/protocol/functions';
import { type ArgumentColumn, FUTURES } from '@taskloom/protocol/values';
import type { Batch } from './batch.ts';
import { ClientError } from './errors.ts';
import { Future } from './future.ts';
import { FutureList } from './future-list.ts';
import type { CheckedOptions } from './options.ts';
import { given } from './said.ts';
import type { Session } from './session.ts';

/** The batches of a map: as many rows as the shortest iterable has. */
export function batchesOfMap(
  session: Session,
  image: FunctionImage,
  options: CheckedOptions,
  iterables: readonly unknown[],
): Batch[] {
  if (iterables.length === 0)
    throw new ClientError(
      'not-iterable',
      'map needs at least one iterable after the function: map(fn, [1, 2])',
    );
  iterables.forEach(assertIterable);
  const rows = shortest(iterables);
  const columns = iterables.map((iterable) => columnOf(session, iterable as Iterable<unknown>, rows));
  const height = Math.min(rows, ...columns.map((column) => (Array.isArray(column) ? column.length : rows)));
  return session.calls.map(
    image,
    options,
    columns.map((column) => sameForAll(column, height)),
    height,
  );
}

function assertIterable(iterable: unknown, at: number): void {
  if (typeof iterable === 'object' && iterable !== null && Symbol.iterator in iterable) return;
  throw new ClientError(
    'not-iterable',
    `map runs over iterables (arrays, lists of futures, Sets, generators); argument ${at + 2} is ` +
      `${given(iterable)}: ${iterableInstead(iterable)}`,
  );
}

function iterableInstead(value: unknown): string {
  if (typeof value === 'string') return 'for its characters pass [...text]';
  if (value instanceof Promise) return 'await it first';
  if (value instanceof Future) return 'await it first, or pass it to a task as it is with submit';
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
    return 'collect it first, await Array.fromAsync(it)';
  return 'for one call use submit';
}

/** The rows that are known without iterating: what an author's own iterable calls its length may be another thing. */
function shortest(iterables: readonly unknown[]): number {
  let rows = Number.POSITIVE_INFINITY;
  for (const iterable of iterables) {
    if (Array.isArray(iterable) || iterable instanceof FutureList || types.isTypedArray(iterable))
      rows = Math.min(rows, iterable.length);
    else if (types.isSet(iterable) || types.isMap(iterable)) rows = Math.min(rows, iterable.size);
  }
  return rows;
}

function columnOf(session: Session, iterable: Iterable<unknown>, rows: number): ArgumentColumn {
  if (iterable instanceof FutureList) {
    session.assertUsable(iterable, iterable[FUTURES].first, iterable[FUTURES].count);
    const { first, count } = iterable[FUTURES];
    return { [FUTURES]: { first, count: Math.min(count, rows) } };
  }
  // Array.from makes holes undefined, as iterating over them would.
  if (Array.isArray(iterable)) return Array.from(iterable);
  const values: unknown[] = [];
  if (rows > 0) {
    for (const value of iterable) {
      values.push(value);
      if (values.length >= rows) break;
    }
  }
  return values;
}

function sameForAll(column: ArgumentColumn, rows: number): ArgumentColumn {
  if (!Array.isArray(column)) return column;
  const first: unknown = column[0];
  const same =
    rows > 1 && typeof first === 'object' && first !== null && column.every((value) => value === first);
  return same ? { same: first } : column;
}
