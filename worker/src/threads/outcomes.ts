/**
 * Owns: results of tasks of this thread, from their making until the agent has taken them.
 *
 * 1. Results of one order are gathered and encoded together when they are reported.
 * 2. What was made here can be read here at once, until the agent has said that it has it and whoever was queued by then has
 *    read it: primitives as they are, objects decoded from their bytes, so that later changes by their maker are not seen.
 */
import { type DecodeContext, decodeBlock, encodeBlock, type Parts } from '@taskloom/protocol/values';
import { Gathered } from './gathered.ts';
import type { Report } from './report.ts';
import type { TaskOrder } from './task-order.ts';

export type Refused = (order: TaskOrder, index: number, error: unknown) => void;

interface Encoded {
  readonly own: OwnBatch;
  readonly first: number;
  readonly count: number;
  /** As they were returned, from `from` on. */
  readonly values: readonly unknown[];
  readonly from: number;
  readonly bytes: Uint8Array;
  decoded: unknown[] | undefined;
}

/** What there is of one batch. Whoever reads runs mostly right behind the maker: the last is looked at first. */
interface OwnBatch {
  readonly batch: number;
  readonly gathered: Gathered[];
  lastGathered: Gathered | undefined;
  /** In the order in which they were reported, and so are taken. */
  readonly encoded: Encoded[];
  lastEncoded: Encoded | undefined;
  /** How many of them were taken just now. */
  taken: number;
}

export class Outcomes {
  readonly #own = new Map<number, OwnBatch>();
  #open: Gathered[] = [];
  readonly #report: Report;
  readonly #context: DecodeContext;
  readonly #refused: Refused;
  #untaken: Encoded[] = [];
  #reported: { report: number; encoded: Encoded[] }[] = [];

  constructor(report: Report, context: DecodeContext, refused: Refused) {
    this.#report = report;
    this.#context = context;
    this.#refused = refused;
  }

  /** Where results of an order go. */
  gather(order: TaskOrder): Gathered {
    const own = this.#ownBatch(order.batch);
    if (!order.gathered) {
      order.gathered = new Gathered(order);
      own.gathered.push(order.gathered);
      this.#open.push(order.gathered);
    }
    own.lastGathered = order.gathered;
    return order.gathered;
  }

  /** The result of a task that ran on this thread; `none` when there is none. */
  read(batch: number, index: number, none: unknown): unknown {
    const own = this.#own.get(batch);
    if (!own) return none;
    const gathered = gatheredWith(own, index);
    if (gathered) {
      const value = gathered.at(index);
      if (isPrimitive(value)) return value;
      leave(this.#open, gathered);
      leave(own.gathered, gathered);
      this.#encode(gathered, own);
    }
    const encoded = encodedWith(own, index);
    return encoded ? this.#valueOf(encoded, index - encoded.first) : none;
  }

  /** Encodes all that was gathered: it goes with the next report. */
  close(): void {
    const all = this.#open;
    if (all.length > 0) this.#open = [];
    for (const gathered of all) {
      const own = this.#ownBatch(gathered.order.batch);
      // All of each batch are among these: whichever goes, none is left in the end.
      own.gathered.pop();
      this.#encode(gathered, own);
    }
    if (this.#untaken.length > 0)
      this.#reported.push({ report: this.#report.number, encoded: this.#untaken });
    this.#untaken = [];
  }

  /** The agent has all reports up to this one, and nobody queued here needs what they brought. */
  taken(report: number): void {
    let done = 0;
    for (const { report: number, encoded } of this.#reported) {
      if (number > report) break;
      for (const { own } of encoded) own.taken++;
      done++;
    }
    for (let i = 0; i < done; i++) for (const { own } of this.#reported[i]!.encoded) this.#disown(own);
    if (done === this.#reported.length) this.#reported = [];
    else if (done > 0) this.#reported.splice(0, done);
  }

  #ownBatch(batch: number): OwnBatch {
    let own = this.#own.get(batch);
    if (!own) {
      own = { batch, gathered: [], lastGathered: undefined, encoded: [], lastEncoded: undefined, taken: 0 };
      this.#own.set(batch, own);
    }
    return own;
  }

  /** Forgets what was taken of the batch, all at once. */
  #disown(own: OwnBatch): void {
    if (own.taken === 0) return;
    if (own.encoded.length === 1) own.encoded.pop();
    else own.encoded.splice(0, own.taken);
    own.taken = 0;
    if (own.encoded.length > 0) return;
    own.lastEncoded = undefined;
    if (own.gathered.length === 0) this.#own.delete(own.batch);
  }

  #valueOf(encoded: Encoded, row: number): unknown {
    const value = encoded.values[encoded.from + row];
    if (isPrimitive(value)) return value;
    encoded.decoded ??= decodeBlock(encoded.bytes, this.#context);
    return encoded.decoded[row];
  }

  #encode(gathered: Gathered, own: OwnBatch): void {
    if (own.lastGathered === gathered) own.lastGathered = undefined;
    const { order, count, micros } = gathered;
    order.gathered = undefined;
    if (count === 0) return;
    for (const { first, values } of gathered.stretches()) {
      this.#encodeStretch(own, order, first, values, micros / count);
    }
  }

  #encodeStretch(
    own: OwnBatch,
    order: TaskOrder,
    start: number,
    values: readonly unknown[],
    each: number,
  ): void {
    const refused: [row: number, error: unknown][] = [];
    let blocks: ReturnType<typeof encodeBlock>;
    try {
      blocks = encodeBlock(values, (row, error) => refused.push([row, error]));
    } catch (error) {
      // Neither can it travel that takes more memory than there is; whose fault it is shows when they go one by one.
      if (values.length === 1) return this.#refused(order, start, error);
      return values.forEach((value, row) => void this.#encodeStretch(own, order, start + row, [value], each));
    }
    for (const [row, error] of refused) this.#refused(order, start + row, error);
    for (const { first, count, parts } of blocks) {
      this.#keep({ own, first: start + first, count, values, from: first }, order, each * count, parts);
    }
  }

  #keep(what: Omit<Encoded, 'bytes' | 'decoded'>, order: TaskOrder, micros: number, parts: Parts): void {
    const { own, first, count } = what;
    let bytes: Uint8Array;
    try {
      bytes = this.#report.block(order.order, first, count, micros, parts);
    } catch (error) {
      for (let index = first; index < first + count; index++) this.#refused(order, index, error);
      return;
    }
    const encoded = { own, first, count, values: what.values, from: what.from, bytes, decoded: undefined };
    own.encoded.push(encoded);
    own.lastEncoded = encoded;
    this.#untaken.push(encoded);
  }
}

function gatheredWith({ gathered, lastGathered }: OwnBatch, index: number): Gathered | undefined {
  if (lastGathered?.has(index)) return lastGathered;
  return gathered.find((one) => one.has(index));
}

function encodedWith({ encoded, lastEncoded }: OwnBatch, index: number): Encoded | undefined {
  const covers = ({ first, count }: Encoded) => index >= first && index < first + count;
  if (lastEncoded && covers(lastEncoded)) return lastEncoded;
  return encoded.find(covers);
}

/** They are few, and mostly it is the first. */
function leave<T>(list: T[], one: T): void {
  if (list.length === 1) list.pop();
  else list.splice(list.indexOf(one), 1);
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}
