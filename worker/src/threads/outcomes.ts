/**
 * Owns: results of tasks of this thread, from their making until the agent has taken them.
 *
 * 1. What is no primitive is written when its task ends: the next may write to the same object. Primitives of one order are encoded
 *    together when they are reported, and all that follow each other are one block then.
 * 2. Results of one function, but for the first, refer to classes that are sent once in each block: what these close over may be large.
 * 3. What was made here can be read here at once, until the agent has said that it has it and whoever was queued by then has
 *    read it: primitives as they are, objects decoded from their bytes, so that later changes by their maker are not seen.
 */
import {
  BLOCK_BYTES, Codec, type DecodeContext, decodeBlock, encodeBlock, encodeRow, joinParts, type Parts, partsLength, type Sharing, sharingBlock,
  WrittenRows,
} from '@taskloom/protocol/values'; // biome-ignore format: a list of names
import type { TaskFunction } from './functions.ts';
import { Gathered, isPrimitive, Sealed, Written } from './gathered.ts';
import { type Joining, joined, total } from './joining.ts';
import { kept, type Report } from './report.ts';
import type { TaskOrder } from './task-order.ts';

export type Refused = (order: TaskOrder, index: number, error: unknown) => void;

/** What results of a function share is kept so long, in milliseconds; then it is taken anew, since classes may change what they close over. */
const SHARED_MS = 100;
/** Results that share more than this, in bytes, are a block each, since a block of many may have to go in a message; and it is not kept. */
const MOST_COMMON_BYTES = 8 * 1024 * 1024;

/** Of written rows in a block, which has a head. */
const MOST_WRITTEN_BYTES = BLOCK_BYTES - 8;

type Common = Sharing['common'];

/** Consecutive results of a stretch, from its row `from` on. */
interface Piece {
  readonly from: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

interface Encodable extends Piece {
  /** What rows in it share, or those around it. */
  readonly common: Common;
  /** Some of its rows refer to that. */
  readonly shares: boolean;
}

interface Encoded extends Piece {
  readonly own: OwnBatch;
  readonly first: number;
  /** Those of the stretch. */
  readonly values: readonly unknown[];
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
  readonly #rows = new WrittenRows();
  readonly #report: Report;
  readonly #context: DecodeContext;
  readonly #refused: Refused;
  /** Of the function of which results were encoded last. */
  #shared: { readonly fn: TaskFunction; readonly since: number; readonly sharing: Sharing } | undefined;
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

  /** Takes the result of a task that has just ended. */
  add(gathered: Gathered, index: number, value: unknown): void {
    if (gathered.isPlain && isPrimitive(value)) return gathered.add(index, value);
    gathered.isPlain = false;
    const start = this.#rows.end;
    const isWritten = this.#rows.add(value);
    const result = isWritten ? new Written(start, this.#rows.end) : this.#sealed(gathered, index, value);
    if (result) gathered.add(index, result);
  }

  /** The result of a task that ran on this thread; `none` when there is none. */
  read(batch: number, index: number, none: unknown): unknown {
    const own = this.#own.get(batch);
    if (!own) return none;
    const gathered = gatheredWith(own, index);
    if (gathered) {
      const value = gathered.at(index);
      return isPrimitive(value)
        ? value
        : decodeBlock(this.#alone(value as Written | Sealed), this.#context)[0];
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
    if (all.length > 0) this.#rows.clear();
    if (!isLight(this.#shared?.sharing.common)) this.#shared = undefined;
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
    for (const piece of joined(this.#pieces(order, start, values), neighbours)) {
      const { from, count } = piece;
      const first = start + from;
      const bytes = this.#whole(order, first, piece);
      if (!bytes) continue;
      this.#report.block(order.order, first, count, each * count, bytes);
      const encoded = { from, count, bytes, own, first, values, decoded: undefined };
      own.encoded.push(encoded);
      own.lastEncoded = encoded;
      this.#untaken.push(encoded);
    }
  }

  /** What is sealed, and what lies between, in order. */
  #pieces(order: TaskOrder, start: number, values: readonly unknown[]): Encodable[] {
    const pieces: Encodable[] = [];
    let common: Common;
    for (let from = 0; from < values.length; ) {
      const value = values[from];
      if (value instanceof Written) {
        const to = endOfWritten(values, from, value);
        const { end } = values[to - 1] as Written;
        const count = to - from;
        const bytes = this.#kept(order, start + from, count, () => this.#rows.block(value.start, end, count));
        if (bytes) pieces.push({ from, count, bytes, common, shares: false });
        from = to;
      } else if (value instanceof Sealed) {
        const shares = value.common !== undefined;
        common = value.common ?? common;
        pieces.push({ from: from++, count: 1, bytes: value.bytes, common, shares });
      } else {
        const to = endOfPrimitives(values, from);
        const between: Piece[] = [];
        this.#encodePrimitives(order, start, values, from, to, between);
        for (const piece of between) pieces.push({ ...piece, common, shares: false });
        from = to;
      }
    }
    return pieces;
  }

  /** The block with what its rows share. */
  #whole(
    order: TaskOrder,
    first: number,
    { count, bytes, common, shares }: Encodable,
  ): Uint8Array | undefined {
    if (!shares) return bytes;
    return this.#kept(order, first, count, () => {
      const shared = common?.finish();
      return shared ? sharingBlock(bytes, shared) : [bytes];
    });
  }

  /** Undefined where it cannot be made, as for lack of memory, of which its tasks fail. */
  #kept(order: TaskOrder, first: number, count: number, make: () => Parts): Uint8Array | undefined {
    try {
      return kept(make());
    } catch (error) {
      for (let index = first; index < first + count; index++) this.#refused(order, index, error);
      return undefined;
    }
  }

  #encodePrimitives(
    order: TaskOrder,
    start: number,
    values: readonly unknown[],
    from: number,
    to: number,
    pieces: Piece[],
  ): void {
    const rows = from === 0 && to === values.length ? values : values.slice(from, to);
    const refused: [row: number, error: unknown][] = [];
    try {
      const blocks = encodeBlock(rows, (row, error) => refused.push([from + row, error]));
      // All of them or none: those of one that fails go anew.
      const whole = blocks.map(({ first, count, parts }) => ({
        from: from + first,
        count,
        bytes: kept(parts),
      }));
      pieces.push(...whole);
    } catch (error) {
      // Neither can it travel that takes more memory than there is; whose fault it is shows when they go one by one.
      if (rows.length === 1) return this.#refused(order, start + from, error);
      for (let row = from; row < to; row++)
        this.#encodePrimitives(order, start, values, row, row + 1, pieces);
      return;
    }
    for (const [row, error] of refused) this.#refused(order, start + row, error);
  }

  /** The first result of a function has its classes with it: often there is no other. */
  #sharingOf(fn: TaskFunction): Sharing | undefined {
    const last = this.#shared;
    const isFirst = last?.fn !== fn;
    if (!last || isFirst || performance.now() - last.since > SHARED_MS)
      this.#shared = { fn, since: performance.now(), sharing: { apart: true } };
    return isFirst ? undefined : this.#shared?.sharing;
  }

  /** A block that can be read by itself. */
  #alone(value: Written | Sealed): Uint8Array {
    if (value instanceof Written) return joinParts(this.#rows.block(value.start, value.end, 1));
    const shared = value.common?.finish();
    return shared ? joinParts(sharingBlock(value.bytes, shared)) : value.bytes;
  }

  /** Undefined when it cannot travel, which is reported. */
  #sealed({ order }: Gathered, index: number, value: unknown): Sealed | undefined {
    try {
      const sharing = this.#sharingOf(order.fn);
      const bytes = kept(encodeRow([value], undefined, 0, 'result', sharing));
      return new Sealed(bytes, bytes[0] === Codec.graph ? sharing?.common : undefined);
    } catch (error) {
      this.#refused(order, index, refusalOf(value, error));
      return undefined;
    }
  }
}

/** As blocks name it, in which a result stands for itself. */
function refusalOf(value: unknown, error: unknown): unknown {
  try {
    encodeBlock([value]);
  } catch (ofBlock) {
    return ofBlock;
  }
  return error;
}

function endOfPrimitives(values: readonly unknown[], from: number): number {
  let to = from + 1;
  while (to < values.length && isPrimitive(values[to])) to++;
  return to;
}

/** Where the rows end that stand behind each other, beginning with this, and fit a block. */
function endOfWritten(values: readonly unknown[], from: number, { start, end }: Written): number {
  let to = from + 1;
  for (let last = end; to < values.length; to++) {
    const next = values[to];
    if (!(next instanceof Written) || next.start !== last || next.end - start > MOST_WRITTEN_BYTES) break;
    last = next.end;
  }
  return to;
}

const neighbours: Joining<Encodable> = {
  bytesOf: ({ bytes }) => bytes,
  follows: ({ from, common }, last) =>
    last.from + last.count === from && last.common === common && isLight(common),
  whole: (run, bytes) => ({
    from: run[0]!.from,
    count: total(run, 'count'),
    bytes,
    common: run[0]!.common,
    shares: run.some(({ shares }) => shares),
  }),
};

function isLight(common: Common): boolean {
  try {
    return common === undefined || partsLength(common.finish() ?? []) <= MOST_COMMON_BYTES;
  } catch {
    // Said where a block is made of it.
    return false;
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
