/** A batch that single calls still join. Arguments that cannot change wait for their neighbours and are encoded with them. */
import type { FunctionImage } from '@taskloom/protocol/functions';
import { type EncodeHooks, FUTURE, FUTURES, type FutureLike } from '@taskloom/protocol/values';
import { Batch, type FuturesHooks, type Met } from './batch.ts';
import type { CheckedOptions } from './options.ts';

/** Rows of one block of arguments, and the bytes it aims at: what a thread decodes at once. */
export const BLOCK_ROWS = 1024;
export const BLOCK_BYTES = 64 * 1024;
/** A longer text is encoded at once, so that its size is known at once. */
const LIGHT_TEXT = 1024;
/** What anything else that waits takes up, at most. */
const NUMBER_BYTES = 9;

export class OpenBatch extends Batch {
  readonly #usable: FuturesHooks['assertUsable'];
  #columns: unknown[][] = [];
  #waiting = 0;
  /** Of what waits, about. */
  #bytes = 0;
  /** What waits was checked when it was passed, and may have been released since: the task is sent before its release. */
  #checked = false;

  constructor(image: FunctionImage, options: CheckedOptions, futures: FuturesHooks) {
    super(image, options, futures);
    this.#usable = (future, task) => futures.assertUsable(future, task);
  }

  /** Tasks so far. */
  get tasks(): number {
    return this.rows + this.#waiting;
  }

  join(args: readonly unknown[]): void {
    if (args.every(isLight)) {
      for (const argument of args) if (isFuture(argument)) this.#usable(argument, argument[FUTURE]);
      this.#wait(args);
    } else {
      this.encodeWaiting();
      this.add(
        args.map((argument) => [argument]),
        1,
      );
    }
  }

  encodeWaiting(): void {
    if (this.#waiting === 0) return;
    const columns = this.#columns;
    const rows = this.#waiting;
    this.#columns = [];
    this.#waiting = 0;
    this.#bytes = 0;
    this.#checked = true;
    this.add(columns, rows);
    this.#checked = false;
  }

  protected override hooksOf(met: Met): EncodeHooks {
    if (!this.#checked) return super.hooksOf(met);
    return {
      future: (future, row) => met(row, future[FUTURE], 1),
      futures: (futures, row) => met(row, futures[FUTURES].first, futures[FUTURES].count),
    };
  }

  #wait(args: readonly unknown[]): void {
    if (this.#waiting > 0 && this.#columns.length !== args.length) this.encodeWaiting();
    if (this.#waiting === 0) this.#columns = args.map(() => []);
    for (let at = 0; at < args.length; at++) {
      const argument = args[at];
      this.#bytes += typeof argument === 'string' ? argument.length : NUMBER_BYTES;
      this.#columns[at]!.push(argument);
    }
    this.#waiting++;
    if (this.#waiting === BLOCK_ROWS || this.#bytes > BLOCK_BYTES) this.encodeWaiting();
  }
}

function isFuture(value: unknown): value is FutureLike {
  return typeof value === 'object' && value !== null && FUTURE in value;
}

function isLight(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LIGHT_TEXT;
  if (typeof value === 'object') return value === null || isFuture(value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value;
  return typeof value !== 'function' && typeof value !== 'symbol';
}
