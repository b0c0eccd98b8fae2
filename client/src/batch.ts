/** One batch being put together: its function, its blocks of arguments, and what its tasks need. */
import {
  type Call,
  columnOf,
  Limits,
  type MessageOf,
  messageOf,
  packMap,
  Submit,
  type TaskOptions,
} from '@taskloom/protocol';
import type { FunctionImage } from '@taskloom/protocol/functions';
import {
  type ArgumentColumn, type EncodeHooks, EVERY_ROW, encodeColumns, FUTURES, type FuturesLike, joinParts, partsLength,
} from '@taskloom/protocol/values'; // biome-ignore format: one thought
import { Dependencies, NO_ENTRIES } from './dependencies.ts';
import { ClientError } from './errors.ts';
import type { CheckedOptions } from './options.ts';
import { Ranges } from './ranges.ts';

export type SubmitMessage = MessageOf<typeof Submit>;
/** Records a future met in an argument; throws when it may not stand there. */
export type Met = (row: number, first: number, count: number) => void;
/** What a batch must know of futures. */
export interface FuturesHooks {
  /** Hooks that report the futures met while a block is encoded, and refuse those that may not stand there. */
  hooks(met: Met): EncodeHooks;
  /** Throws when this future may not stand in an argument. */
  assertUsable(future: object, task: number): void;
}

/** Which of its map the first of some rows is, and the bytes that they may have as one block. */
interface RowsOfMap {
  readonly firstRow: number;
  readonly atMost: number;
}

/** A batch closes beyond this, so that its first tasks run while the rest is still being sent. */
const BATCH_BYTES = 8 * 1024 * 1024;

export class Batch {
  readonly image: FunctionImage;
  readonly options: CheckedOptions;
  readonly #futures: FuturesHooks;
  readonly #blocks: Uint8Array[] = [];
  readonly #blockRows: number[] = [];
  readonly #dependencies = new Dependencies();
  /** Tasks that every task of the batch needs. */
  readonly shared: Set<number>;
  readonly zips: number[] = [];
  rows = 0;
  bytes = 0;

  constructor(image: FunctionImage, options: CheckedOptions, futures: FuturesHooks) {
    this.image = image;
    this.options = options;
    this.#futures = futures;
    this.shared = new Set(image.futures);
  }

  protected hooksOf(met: Met): EncodeHooks {
    return this.#futures.hooks(met);
  }

  get full(): boolean {
    return this.rows >= Limits.batchTasks || this.bytes >= BATCH_BYTES;
  }

  /**
   * Encodes the next rows as one block; of a map, when that is larger than `atMost` and can be cut, it is cut in halves.
   * Gives its bytes, without those that would be in each half.
   */
  add(columns: readonly ArgumentColumn[], rows: number, ofMap?: RowsOfMap): number {
    const met: number[] = [];
    const hooks = this.hooksOf((row, first, count) => met.push(row, first, count));
    let shared = 0;
    const shares = (more: number) => {
      shared += more;
    };
    const parts = encodeColumns(columns, rows, ofMap ? { ...hooks, shared: shares } : hooks, ofMap?.firstRow);
    const bytes = partsLength(parts);
    if (rows > 1 && ofMap && (bytes - shared > ofMap.atMost || bytes > Limits.argumentBytes)) {
      const half = rows >> 1;
      const rest = { ...ofMap, firstRow: ofMap.firstRow + half };
      return (
        this.add(cut(columns, 0, half), half, ofMap) + this.add(cut(columns, half, rows), rows - half, rest)
      );
    }
    if (bytes > Limits.argumentBytes) throw tooLarge(bytes);
    for (let at = 0; at < met.length; at += 3) this.#need(met[at]!, met[at + 1]!, met[at + 2]!, rows);
    this.#blocks.push(joinParts(parts));
    this.#blockRows.push(rows);
    this.rows += rows;
    this.bytes += bytes;
    return bytes - shared;
  }

  #need(row: number, first: number, count: number, rows: number): void {
    if (row !== EVERY_ROW) this.#dependencies.add(this.rows + row, first, count);
    else if (!this.shared.has(first)) {
      for (let each = 0; each < rows; each++) this.#dependencies.add(this.rows + each, first, count);
    }
  }

  get blocks(): readonly Uint8Array[] {
    return this.#blocks;
  }

  message(first: number): SubmitMessage {
    const columns = [
      columnOf([first]),
      columnOf([this.rows]),
      columnOf(this.#blockRows),
      ...this.#dependencies.columns(this.rows),
      this.zips.length === 0 ? NO_ENTRIES : columnOf(this.zips),
      ...sharedColumns(this.shared),
    ];
    return messageOf(Submit, columns, [packedCall(this.image, this.options.task), ...this.#blocks]);
  }
}

interface PackedCall {
  readonly options: TaskOptions;
  readonly bytes: Uint8Array;
}
/** The call that was made last of each function: mostly the next is the same. */
const packedCalls = new WeakMap<FunctionImage, PackedCall>();

function packedCall(image: FunctionImage, options: TaskOptions): Uint8Array {
  const last = packedCalls.get(image);
  if (last?.options === options) return last.bytes;
  const { name, graph, sources } = image;
  const fn = { name, graph: graph.hash, sources: sources.map((source) => source.hash) };
  const call: Call = { fn, options };
  const bytes = packMap(call);
  packedCalls.set(image, { options, bytes });
  return bytes;
}

/** Rows [from, to) of columns. */
export function cut(columns: readonly ArgumentColumn[], from: number, to: number): ArgumentColumn[] {
  return columns.map((column) => {
    if (isRows(column)) return column.slice(from, to);
    return isFutures(column)
      ? { [FUTURES]: { first: column[FUTURES].first + from, count: to - from } }
      : column;
  });
}

const isRows = (column: ArgumentColumn): column is readonly unknown[] => Array.isArray(column);
const isFutures = (column: ArgumentColumn): column is FuturesLike => FUTURES in column;

const NO_COLUMNS = [NO_ENTRIES, NO_ENTRIES];

function sharedColumns(tasks: ReadonlySet<number>): readonly Uint32Array[] {
  if (tasks.size === 0) return NO_COLUMNS;
  const shared = new Ranges();
  for (const task of tasks) shared.add(task, 1);
  return shared.take(true);
}

function tooLarge(bytes: number): ClientError {
  const mib = (size: number) => `${(size / 1024 / 1024).toFixed(1)} MiB`;
  return new ClientError(
    'too-large',
    `the arguments of one call are ${mib(bytes)}, the limit (argumentBytes) is ${mib(Limits.argumentBytes)}: ` +
      'scatter the large one first, const data = client.scatter(value), and pass data',
  );
}
