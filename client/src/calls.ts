/**
 * Calls on their way to the scheduler. Consecutive `submit`s of one function in one turn become one batch; a map becomes
 * batches of its own. Tasks are numbered in the order of the calls; a call that is refused takes no number.
 */
import { Limits } from '@taskloom/protocol';
import type { FunctionImage } from '@taskloom/protocol/functions';
import { type ArgumentColumn, encodeValue, FUTURES } from '@taskloom/protocol/values';
import { Batch, cut, type FuturesHooks, type SubmitMessage } from './batch.ts';
import { ClientError } from './errors.ts';
import { BLOCK_BYTES, BLOCK_ROWS, OpenBatch } from './open-batch.ts';
import type { CheckedOptions } from './options.ts';

export interface Ready {
  readonly image: FunctionImage;
  readonly message: SubmitMessage;
}

export class Calls {
  readonly #futures: FuturesHooks;
  #ready: Ready[] = [];
  #next = 1;
  #open: OpenBatch | undefined;
  #openFirst = 0;

  constructor(futures: FuturesHooks) {
    this.#futures = futures;
  }

  mint(count: number): number {
    const first = this.#next;
    if (first + count - 1 > Limits.taskNumber) {
      throw new ClientError('too-large', 'this session has used up its task numbers: connect another client');
    }
    this.#next += count;
    return first;
  }

  /** One call; gives its task. What can change after this returns is copied before. */
  submit(image: FunctionImage, options: CheckedOptions, args: readonly unknown[]): number {
    this.#openFor(image, options).join(args);
    return this.mint(1);
  }

  /** A call whose arguments are compared with those of another: gives its batch, encoded, not yet on its way. */
  single(image: FunctionImage, options: CheckedOptions, args: readonly unknown[]): Batch {
    const batch = new Batch(image, options, this.#futures);
    batch.add(
      args.map((argument) => [argument]),
      1,
    );
    return batch;
  }

  /** The batches of a map, encoded, not yet on their way. */
  map(
    image: FunctionImage,
    options: CheckedOptions,
    columns: readonly ArgumentColumn[],
    rows: number,
  ): Batch[] {
    const batches: Batch[] = [];
    const shared = this.#sharedBy(columns);
    const begin = () => {
      const begun = new Batch(image, options, this.#futures);
      for (const task of shared) begun.shared.add(task);
      return begun;
    };
    let batch = begin();
    // One row by itself tells how many fit a block; each block tells it better.
    let blockRows = 1;
    for (let row = 0; row < rows; ) {
      if (batch.full) {
        batches.push(batch);
        batch = begin();
      }
      const end = Math.min(rows, row + blockRows, row + Limits.batchTasks - batch.rows);
      if (batch.rows === 0) batch.zips.push(...zipsAt(columns, row));
      const bytes = batch.add(cut(columns, row, end), end - row, { firstRow: row, atMost: 2 * BLOCK_BYTES });
      blockRows = Math.max(1, Math.min(BLOCK_ROWS, Math.floor((BLOCK_BYTES * (end - row)) / bytes)));
      row = end;
    }
    if (batch.rows > 0) batches.push(batch);
    return batches;
  }

  /** Numbers the tasks of these batches and sends them after what was called before; gives the first task. */
  send(batches: readonly Batch[]): number {
    this.#close();
    const first = this.mint(batches.reduce((sum, batch) => sum + batch.rows, 0));
    let at = first;
    for (const batch of batches) {
      this.#ready.push({ image: batch.image, message: batch.message(at) });
      at += batch.rows;
    }
    return first;
  }

  /** Everything called so far, in order. */
  take(): Ready[] {
    this.#close();
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** The futures in values that are the same for all rows. */
  #sharedBy(columns: readonly ArgumentColumn[]): number[] {
    const shared: number[] = [];
    const hooks = this.#futures.hooks((_, first, count) => {
      for (let task = first; task < first + count; task++) shared.push(task);
    });
    for (const column of columns) if ('same' in column) encodeValue(column.same, hooks);
    return shared;
  }

  #openFor(image: FunctionImage, options: CheckedOptions): OpenBatch {
    const open = this.#open;
    if (
      open &&
      open.image === image &&
      open.options === options &&
      !open.full &&
      open.tasks < Limits.batchTasks
    ) {
      if (this.#openFirst + open.tasks === this.#next) return open;
    }
    this.#close();
    this.#open = new OpenBatch(image, options, this.#futures);
    this.#openFirst = this.#next;
    return this.#open;
  }

  #close(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    open.encodeWaiting();
    if (open.rows > 0) this.#ready.push({ image: open.image, message: open.message(this.#openFirst) });
  }
}

/** For each column that is a list of futures: the future of this row. */
function zipsAt(columns: readonly ArgumentColumn[], row: number): number[] {
  return columns.flatMap((column) =>
    Array.isArray(column) || !(FUTURES in column) ? [] : [(column as Listed)[FUTURES].first + row],
  );
}
type Listed = Extract<ArgumentColumn, { readonly [FUTURES]: unknown }>;
