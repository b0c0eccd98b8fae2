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
  readonly gathered: Map<TaskOrder, Gathered>;
  lastGathered: Gathered | undefined;
  readonly encoded: Set<Encoded>;
  lastEncoded: Encoded | undefined;
}

export class Outcomes {
  readonly #own = new Map<number, OwnBatch>();
  readonly #open = new Set<Gathered>();
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
    let gathered = own.gathered.get(order);
    if (!gathered) {
      gathered = new Gathered(order);
      own.gathered.set(order, gathered);
      this.#open.add(gathered);
    }
    own.lastGathered = gathered;
    return gathered;
  }

  /** The result of a task that ran on this thread; `none` when there is none. */
  read(batch: number, index: number, none: unknown): unknown {
    const own = this.#own.get(batch);
    if (!own) return none;
    const gathered = gatheredWith(own, index);
    if (gathered) {
      const value = gathered.at(index);
      if (isPrimitive(value)) return value;
      this.#encode(gathered, own);
    }
    const encoded = encodedWith(own, index);
    return encoded ? this.#valueOf(encoded, index - encoded.first) : none;
  }

  /** Encodes all that was gathered: it goes with the next report. */
  close(): void {
    for (const gathered of this.#open) this.#encode(gathered, this.#ownBatch(gathered.order.batch));
    if (this.#untaken.length > 0)
      this.#reported.push({ report: this.#report.number, encoded: this.#untaken });
    this.#untaken = [];
  }

  /** The agent has all reports up to this one, and nobody queued here needs what they brought. */
  taken(report: number): void {
    let done = 0;
    for (const { report: number, encoded } of this.#reported) {
      if (number > report) break;
      for (const one of encoded) this.#disown(one);
      done++;
    }
    if (done > 0) this.#reported.splice(0, done);
  }

  #ownBatch(batch: number): OwnBatch {
    let own = this.#own.get(batch);
    if (!own) {
      own = {
        batch,
        gathered: new Map(),
        lastGathered: undefined,
        encoded: new Set(),
        lastEncoded: undefined,
      };
      this.#own.set(batch, own);
    }
    return own;
  }

  #disown(encoded: Encoded): void {
    const { own } = encoded;
    own.encoded.delete(encoded);
    if (own.lastEncoded === encoded) own.lastEncoded = undefined;
    if (own.encoded.size === 0 && own.gathered.size === 0) this.#own.delete(own.batch);
  }

  #valueOf(encoded: Encoded, row: number): unknown {
    const value = encoded.values[encoded.from + row];
    if (isPrimitive(value)) return value;
    encoded.decoded ??= decodeBlock(encoded.bytes, this.#context);
    return encoded.decoded[row];
  }

  #encode(gathered: Gathered, own: OwnBatch): void {
    this.#open.delete(gathered);
    own.gathered.delete(gathered.order);
    if (own.lastGathered === gathered) own.lastGathered = undefined;
    const { order, count, micros } = gathered;
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
    const encoded = { ...what, bytes, decoded: undefined };
    own.encoded.add(encoded);
    own.lastEncoded = encoded;
    this.#untaken.push(encoded);
  }
}

function gatheredWith({ gathered, lastGathered }: OwnBatch, index: number): Gathered | undefined {
  if (lastGathered?.has(index)) return lastGathered;
  for (const one of gathered.values()) if (one.has(index)) return one;
  return undefined;
}

function encodedWith({ encoded, lastEncoded }: OwnBatch, index: number): Encoded | undefined {
  const covers = ({ first, count }: Encoded) => index >= first && index < first + count;
  if (lastEncoded && covers(lastEncoded)) return lastEncoded;
  for (const one of encoded) if (covers(one)) return one;
  return undefined;
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}
