/** What one step has to say to each peer, collected in columns and taken as messages at its end. */
import {
  type CallOrder, Code as CodeMessage, Done, Drop, Failed, Fetch, Keep, Limits, Located, type Message, messageOf, Put, Results, Retire, Run, Stop,
  TakeBack, Undone,
} from '@taskloom/protocol'; // biome-ignore format: a list of names
import {
  Batches,
  BatchRanges,
  Blocks,
  HeldRanges,
  Inputs,
  MergedRanges,
  NewBatches,
  Places,
  Puts,
  Ranges,
  RunRanges,
  Runs,
} from './rows.ts';

const NO_MESSAGES: readonly Message[] = [];
const NOTHING: readonly Uint8Array[] = [];
/** Arguments in one message; a single block may be larger. */
const RUN_BYTES = 8 * 1024 * 1024;
/** Inputs in one message; those of a single row may be more. */
const RUN_INPUTS = 1024 * 1024;
const NONE = new Uint32Array(0);
/** Of a run that only brings blocks: the columns of its rows and their inputs. */
const NO_ROWS: readonly Uint32Array[] = [...Run.groups.rows, ...Run.groups.starts, ...Run.groups.inputs].map(
  () => NONE,
);

/** Of one that only has rows. */
const NOTHING_NEW: readonly Uint32Array[] = [...Run.groups.batches, ...Run.groups.blocks].map(() => NONE);

interface CodeNews {
  readonly hash: string;
  /** None: it is to be forgotten. */
  readonly bytes: Uint8Array;
}
const NO_BYTES = new Uint8Array(0);

/** A call, and each text that it names, about. */
const CALL_BYTES = 128;

/** For one worker. */
export class WorkerOrders {
  /** In the order in which they came up, since the same may be forgotten and sent anew. */
  codes: CodeNews[] = [];
  /** Calls of new batches; neighbours share one. */
  orders: CallOrder[] = [];
  readonly newBatches = new NewBatches();
  readonly run = new Runs();
  readonly inputs = new Inputs();
  readonly blocks = new Blocks();
  /** Of what is new to the worker: code, calls and blocks of arguments, about. */
  newBytes = 0;
  #blockBytes: Uint8Array[] = [];
  readonly drop = new BatchRanges();
  readonly takeBack = new RunRanges();
  readonly stop = new RunRanges();
  readonly fetch = new BatchRanges();
  readonly keep = new HeldRanges();
  readonly retire = new Batches();
  learn(batch: number, order: CallOrder): void {
    if (this.orders.at(-1) !== order) {
      this.orders.push(order);
      this.newBytes += CALL_BYTES * (1 + order.fn.sources.length);
    }
    this.newBatches.add(batch, this.orders.length - 1);
  }

  addBlock(bytes: Uint8Array): void {
    this.#blockBytes.push(bytes);
    this.newBytes += bytes.length;
  }

  addCode(code: CodeNews): void {
    this.codes.push(code);
    this.newBytes += code.bytes.length;
  }

  forgetCode(hash: string, bytes: number): void {
    this.codes.push({ hash, bytes: NO_BYTES });
    this.droppedBytes += bytes;
  }

  droppedBytes = 0;
  /** Some input is to be fetched from another worker. */
  namesPeers = false;

  /** Messages in the order in which they must arrive. `packOrders` makes section 0 of a run. What is only to be let go waits where it can. */
  take(
    packOrders: (orders: readonly CallOrder[]) => Uint8Array,
    encode: (hash: string) => Uint8Array,
    tidy: boolean,
  ): readonly Message[] {
    if (this.#isEmpty) return NO_MESSAGES;
    const out: Message[] = [];
    if (this.stop.length > 0) out.push(messageOf(Stop, this.stop.take(), NOTHING));
    if (this.takeBack.length > 0) out.push(messageOf(TakeBack, this.takeBack.take(), NOTHING));
    const running = this.run.length > 0;
    // A value may be dropped here and kept again: in this order.
    if (tidy || running || this.keep.length > 0 || this.#hasMuchToLetGo) this.#tidy(encode, out);
    if (running) this.#sendRun(packOrders, out);
    if (this.keep.length > 0) out.push(messageOf(Keep, this.keep.take(), NOTHING));
    if (this.fetch.length > 0) out.push(messageOf(Fetch, this.fetch.take(), NOTHING));
    return out;
  }

  get #isEmpty(): boolean {
    const { run, drop, retire, codes, stop, takeBack, fetch, keep } = this;
    const rows = run.length + drop.length + retire.length + codes.length + stop.length + takeBack.length;
    return rows + fetch.length + keep.length === 0;
  }

  get #hasMuchToLetGo(): boolean {
    return this.droppedBytes > 1 << 20 || this.drop.length + this.retire.length + this.codes.length > 256;
  }

  /** Code is sent only with what is to run; else there is only some to be forgotten, after the batches that named it. */
  #tidy(encode: (hash: string) => Uint8Array, out: Message[]): void {
    this.droppedBytes = 0;
    if (this.drop.length > 0) out.push(messageOf(Drop, this.drop.take(), NOTHING));
    if (this.retire.length > 0) out.push(messageOf(Retire, this.retire.take(), NOTHING));
    for (const { hash, bytes } of this.codes) out.push(messageOf(CodeMessage, [], [encode(hash), bytes]));
    if (this.codes.length > 0) this.codes = [];
  }

  /** Blocks of arguments that are more than a message should have go before the tasks that need them, in messages without rows. */
  #sendRun(packOrders: (orders: readonly CallOrder[]) => Uint8Array, out: Message[]): void {
    const blocks = this.blocks.take();
    const bytes = this.#blockBytes;
    let orders = packOrders(this.orders);
    if (bytes.length > 0) this.#blockBytes = [];
    this.newBytes = 0;
    if (this.orders.length > 0) this.orders = [];
    let newBatches = this.newBatches.take();
    let from = 0;
    let size = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (i > from && size + bytes[i]!.length > RUN_BYTES) {
        const some = blocks.map((column) => column.subarray(from, i));
        out.push(messageOf(Run, NO_ROWS.concat(newBatches, some), [orders, ...bytes.slice(from, i)]));
        orders = packOrders([]);
        newBatches = this.newBatches.take();
        from = i;
        size = 0;
      }
      size += bytes[i]!.length;
    }
    const rest = from === 0 ? blocks : blocks.map((column) => column.subarray(from));
    const sections = [orders].concat(from === 0 ? bytes : bytes.slice(from));
    const parts = this.#rows();
    out.push(messageOf(Run, parts[0]!.concat(newBatches, rest), sections));
    for (let i = 1; i < parts.length; i++)
      out.push(messageOf(Run, parts[i]!.concat(NOTHING_NEW), [packOrders([])]));
  }

  /** The columns of rows and inputs, for as many messages as it takes. */
  #rows(): (readonly Uint32Array[])[] {
    const { length } = this.inputs;
    const rows = this.run.take(length);
    const inputs = this.inputs.take();
    return length <= RUN_INPUTS ? [rows.concat(inputs)] : cutByInputs(rows, inputs);
  }
}

function cutByInputs(
  rows: readonly Uint32Array[],
  inputs: readonly Uint32Array[],
): (readonly Uint32Array[])[] {
  const parts: (readonly Uint32Array[])[] = [];
  const starts = rows.at(-1) as Uint32Array;
  const count = starts.length - 1;
  for (let from = 0, to = 1; from < count; from = to++) {
    const first = starts[from] as number;
    while (to < count && (starts[to + 1] as number) - first <= RUN_INPUTS) to++;
    const someStarts = starts.slice(from, to + 1).map((start) => start - first);
    const someRows = rows.slice(0, -1).map((column) => column.subarray(from, to));
    parts.push([...someRows, someStarts, ...inputs.map((column) => column.subarray(first, starts[to]))]);
  }
  return parts;
}

/** For one client. */
export class ClientNews {
  readonly done = new Places();
  readonly located = new Places();
  readonly undone = new Ranges();
  readonly put = new Puts();
  readonly #failed = new MergedRanges();
  #errors: Uint8Array[] = [];
  readonly results = new Ranges();
  blocks: Uint8Array[] = [];

  /** What fails by one error is often a whole map. */
  fail(first: number, count: number, error: Uint8Array): void {
    if (this.#errors.at(-1) === error && this.#failed.merge(first, count)) return;
    this.#failed.add(first, count);
    this.#errors.push(error);
  }

  /** `writable`: the client has credit. What failed waits for it, as results do. */
  take(writable: boolean): Message[] {
    const out: Message[] = [];
    if (this.undone.length > 0) out.push(messageOf(Undone, this.undone.take(), NOTHING));
    if (this.put.length > 0) out.push(messageOf(Put, this.put.take(), NOTHING));
    if (this.done.length > 0) out.push(messageOf(Done, this.done.take(), NOTHING));
    if (writable && this.#failed.length > 0) out.push(this.#takeFailed());
    if (this.results.length > 0) {
      out.push(messageOf(Results, this.results.take(), this.blocks));
      this.blocks = [];
    }
    if (this.located.length > 0) out.push(messageOf(Located, this.located.take(), NOTHING));
    return out;
  }

  /** As much as uses up any credit, so that the rest is taken when there is some again: an error may be long, and what failed by it many. */
  #takeFailed(): Message {
    const errors = this.#errors;
    const [first, count] = this.#failed.take() as [Uint32Array, Uint32Array];
    let end = 0;
    for (let bytes = 0; end < errors.length && bytes < Limits.creditBytes; end++)
      bytes += errors[end]!.length;
    for (let i = end; i < errors.length; i++) this.#failed.add(first[i] as number, count[i] as number);
    this.#errors = errors.slice(end);
    return messageOf(Failed, [first.subarray(0, end), count.subarray(0, end)], errors.slice(0, end));
  }
}
