/**
 * Owns: results of tasks of this thread, from their making until the agent has taken them.
 *
 * 1. Results of one order are gathered and encoded together when they are reported.
 * 2. What was made here can be read here at once, until the agent has said that it has it and whoever was queued by then has
 *    read it: primitives as they are, objects decoded from their bytes, so that later changes by their maker are not seen.
 */
import { type DecodeContext, decodeBlock, encodeBlock, type TravelError } from '@taskloom/protocol/values';
import type { Report } from './report.ts';
import type { TaskOrder } from './task-order.ts';

export type Refused = (order: TaskOrder, index: number, error: TravelError) => void;

/** Results of one order not encoded yet. */
export class Gathered {
  readonly order: TaskOrder;
  indices: number[] = [];
  values: unknown[] = [];
  micros = 0;

  constructor(order: TaskOrder) {
    this.order = order;
  }

  add(index: number, value: unknown): void {
    this.indices.push(index);
    this.values.push(value);
  }
}

interface Encoded {
  readonly first: number;
  readonly count: number;
  readonly values: readonly unknown[];
  readonly from: number;
  readonly bytes: Uint8Array;
  decoded: unknown[] | undefined;
}

interface OwnBatch {
  /** One for each order under way. */
  gathered: Gathered[];
  readonly encoded: Encoded[];
}

export class Outcomes {
  readonly #own = new Map<number, OwnBatch>();
  readonly #open = new Set<Gathered>();
  readonly #report: Report;
  readonly #context: DecodeContext;
  readonly #refused: Refused;
  #untaken: { batch: number; encoded: Encoded }[] = [];
  #reported: { report: number; entries: { batch: number; encoded: Encoded }[] }[] = [];

  constructor(report: Report, context: DecodeContext, refused: Refused) {
    this.#report = report;
    this.#context = context;
    this.#refused = refused;
  }

  /** Where results of an order go. */
  gather(order: TaskOrder): Gathered {
    const own = this.#ownBatch(order.batch);
    const last = own.gathered.at(-1);
    if (last?.order === order) return last;
    for (const gathered of own.gathered) if (gathered.order === order) return gathered;
    const gathered = new Gathered(order);
    own.gathered.push(gathered);
    this.#open.add(gathered);
    return gathered;
  }

  /** The result of a task that ran on this thread; `none` when there is none. */
  read(batch: number, index: number, none: unknown): unknown {
    const own = this.#own.get(batch);
    if (!own) return none;
    // Whoever reads runs mostly right behind the maker.
    for (let last = own.gathered.length - 1; last >= 0; last--) {
      const gathered = own.gathered[last] as Gathered;
      const at = gathered.indices.indexOf(index);
      if (at < 0) continue;
      const value = gathered.values[at];
      if (isPrimitive(value)) return value;
      this.#encode(gathered, own);
      break;
    }
    for (let last = own.encoded.length - 1; last >= 0; last--) {
      const encoded = own.encoded[last] as Encoded;
      const row = index - encoded.first;
      if (row >= 0 && row < encoded.count) return this.#valueOf(encoded, row);
    }
    return none;
  }

  /** Encodes all that was gathered: it goes with the next report. */
  close(): void {
    for (const gathered of this.#open) this.#encode(gathered, this.#ownBatch(gathered.order.batch));
    if (this.#untaken.length > 0)
      this.#reported.push({ report: this.#report.number, entries: this.#untaken });
    this.#untaken = [];
  }

  get pending(): boolean {
    return this.#open.size > 0 || this.#untaken.length > 0;
  }

  /** The agent has all reports up to this one, and nobody queued here needs what they brought. */
  taken(report: number): void {
    let done = 0;
    for (const { report: number, entries } of this.#reported) {
      if (number > report) break;
      for (const { batch, encoded } of entries) this.#disown(batch, encoded);
      done++;
    }
    if (done > 0) this.#reported.splice(0, done);
  }

  #ownBatch(batch: number): OwnBatch {
    let own = this.#own.get(batch);
    if (!own) {
      own = { gathered: [], encoded: [] };
      this.#own.set(batch, own);
    }
    return own;
  }

  #disown(batch: number, encoded: Encoded): void {
    const own = this.#own.get(batch);
    if (!own) return;
    own.encoded.splice(own.encoded.indexOf(encoded), 1);
    if (own.encoded.length === 0 && own.gathered.length === 0) this.#own.delete(batch);
  }

  #valueOf(encoded: Encoded, row: number): unknown {
    const value = encoded.values[encoded.from + row];
    if (isPrimitive(value)) return value;
    encoded.decoded ??= decodeBlock(encoded.bytes, this.#context);
    return encoded.decoded[row];
  }

  #encode(gathered: Gathered, own: OwnBatch): void {
    this.#open.delete(gathered);
    own.gathered = own.gathered.filter((other) => other !== gathered);
    sortByIndex(gathered);
    const { indices, values, order, micros } = gathered;
    const each = micros / Math.max(1, values.length);
    for (let from = 0; from < values.length; ) {
      let until = from + 1;
      while (until < values.length && indices[until] === indices[until - 1]! + 1) until++;
      const run = from === 0 && until === values.length ? values : values.slice(from, until);
      this.#encodeRun(own, order, indices[from]!, run, each);
      from = until;
    }
  }

  #encodeRun(own: OwnBatch, order: TaskOrder, start: number, values: readonly unknown[], each: number): void {
    const blocks = encodeBlock(values, (row, error) => this.#refused(order, start + row, error));
    for (const { first, count, parts } of blocks) {
      const bytes = this.#report.block(order.order, start + first, count, each * count, parts);
      const encoded = { first: start + first, count, values, from: first, bytes, decoded: undefined };
      own.encoded.push(encoded);
      this.#untaken.push({ batch: order.batch, encoded });
    }
  }
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}

/** Tasks that share the thread finish in any order. */
function sortByIndex(gathered: Gathered): void {
  const { indices, values } = gathered;
  let sorted = true;
  for (let i = 1; i < indices.length && sorted; i++) sorted = indices[i]! > indices[i - 1]!;
  if (sorted) return;
  const rows = indices.map((_, row) => row).sort((a, b) => indices[a]! - indices[b]!);
  gathered.indices = rows.map((row) => indices[row]!);
  gathered.values = rows.map((row) => values[row]);
}
