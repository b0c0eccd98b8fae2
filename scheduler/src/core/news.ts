/** What one step has to say to each peer, collected in columns and taken as messages at its end. */
import type { CallOrder, HotMessage, Message } from '@taskloom/protocol';
import type { Code } from './codes.ts';
import {
  Batches,
  BatchRanges,
  Blocks,
  HeldRanges,
  Inputs,
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
const NONE = new Uint32Array(0);
const NO_ROWS = {
  batch: NONE, first: NONE, count: NONE, run: NONE, attempt: NONE,
  inputStart: NONE, task: NONE, inputCount: NONE, from: NONE, index: NONE, holder: NONE,
}; // biome-ignore format: a list of columns

/** For one worker. */
export class WorkerOrders {
  readonly codes: Code[] = [];
  /** Calls of new batches; neighbours share one. */
  readonly orders: CallOrder[] = [];
  readonly newBatches = new NewBatches();
  readonly run = new Runs();
  readonly inputs = new Inputs();
  readonly blocks = new Blocks();
  readonly blockBytes: Uint8Array[] = [];
  readonly drop = new BatchRanges();
  readonly takeBack = new RunRanges();
  readonly stop = new RunRanges();
  readonly fetch = new BatchRanges();
  readonly keep = new HeldRanges();
  readonly retire = new Batches();
  learn(batch: number, order: CallOrder): void {
    if (this.orders.at(-1) !== order) this.orders.push(order);
    this.newBatches.add(batch, this.orders.length - 1);
  }

  droppedBytes = 0;
  /** Some input is to be fetched from another worker. */
  namesPeers = false;

  /** Messages in the order in which they must arrive. `packOrders` makes section 0 of a run. Drops and retirements that can wait do. */
  take(
    packOrders: (orders: readonly CallOrder[]) => Uint8Array,
    encode: (hash: string) => Uint8Array,
    tidy: boolean,
  ): readonly Message[] {
    if (this.#isEmpty) return NO_MESSAGES;
    const out: Message[] = [];
    const send = (message: HotMessage) => out.push(message);
    if (this.stop.length > 0) send({ op: 'stop', ...this.stop.take(), sections: NOTHING });
    if (this.takeBack.length > 0) send({ op: 'take-back', ...this.takeBack.take(), sections: NOTHING });
    const running = this.run.length > 0;
    if (tidy || running || this.droppedBytes > 1 << 20 || this.drop.length + this.retire.length > 256)
      this.#tidy(send);
    for (const { hash, bytes } of this.codes.splice(0)) send({ op: 'code', sections: [encode(hash), bytes] });
    if (running) this.#sendRun(packOrders, send);
    if (this.keep.length > 0) send({ op: 'keep', ...this.keep.take(), sections: NOTHING });
    if (this.fetch.length > 0) send({ op: 'fetch', ...this.fetch.take(), sections: NOTHING });
    return out;
  }

  get #isEmpty(): boolean {
    const { run, drop, retire, stop, takeBack, fetch, keep } = this;
    const rows = run.length + drop.length + retire.length + stop.length + takeBack.length;
    return rows + fetch.length + keep.length === 0;
  }

  #tidy(send: (message: HotMessage) => void): void {
    this.droppedBytes = 0;
    if (this.drop.length > 0) send({ op: 'drop', ...this.drop.take(), sections: NOTHING });
    if (this.retire.length > 0) send({ op: 'retire', ...this.retire.take(), sections: NOTHING });
  }

  /** Blocks of arguments that are more than a message should have go before the tasks that need them, in messages without rows. */
  #sendRun(
    packOrders: (orders: readonly CallOrder[]) => Uint8Array,
    send: (message: HotMessage) => void,
  ): void {
    const { blockBatch, blockFirst, blockRows } = this.blocks.take();
    const bytes = this.blockBytes.splice(0);
    let orders = packOrders(this.orders.splice(0));
    let newBatches = this.newBatches.take();
    const blocks = (from: number, to: number) => ({
      blockBatch: blockBatch.subarray(from, to),
      blockFirst: blockFirst.subarray(from, to),
      blockRows: blockRows.subarray(from, to),
    });
    let from = 0;
    let size = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (i > from && size + bytes[i]!.length > RUN_BYTES) {
        const sections = [orders, ...bytes.slice(from, i)];
        send({ op: 'run', ...NO_ROWS, ...newBatches, ...blocks(from, i), sections });
        orders = packOrders([]);
        newBatches = this.newBatches.take();
        from = i;
        size = 0;
      }
      size += bytes[i]!.length;
    }
    const rest = blocks(from, bytes.length);
    send({
      op: 'run',
      ...this.run.take(this.inputs.length),
      ...this.inputs.take(),
      ...newBatches,
      ...rest,
      sections: [orders, ...bytes.slice(from)],
    });
  }
}

/** For one client. */
export class ClientNews {
  readonly done = new Places();
  readonly located = new Places();
  readonly undone = new Ranges();
  readonly put = new Puts();
  readonly failed = new Ranges();
  readonly errors: Uint8Array[] = [];
  readonly results = new Ranges();
  readonly blocks: Uint8Array[] = [];

  take(): Message[] {
    const out: Message[] = [];
    if (this.undone.length > 0) out.push({ op: 'undone', ...this.undone.take(), sections: NOTHING });
    if (this.put.length > 0) out.push({ op: 'put', ...this.put.take(), sections: NOTHING });
    if (this.done.length > 0) out.push({ op: 'done', ...this.done.take(), sections: NOTHING });
    if (this.failed.length > 0)
      out.push({ op: 'failed', ...this.failed.take(), sections: this.errors.splice(0) });
    if (this.results.length > 0)
      out.push({ op: 'results', ...this.results.take(), sections: this.blocks.splice(0) });
    if (this.located.length > 0) out.push({ op: 'located', ...this.located.take(), sections: NOTHING });
    return out;
  }
}
