/** The other end of a worker in tests: says what a scheduler would say, and keeps what it hears. */
import {
  type CallOrder, type Control, type ErredWhy, type Message, packMap,
} from '@taskloom/protocol'; // biome-ignore format: a list of names
import { type Connection, memoryPair } from '@taskloom/protocol/connection';
import { captureFunction } from '@taskloom/protocol/functions';
import {
  type ArgumentColumn,
  decodeBlock,
  decodeError,
  encodeColumns,
  joinParts,
  type Parts,
} from '@taskloom/protocol/values';

export interface Input {
  readonly task: number;
  readonly count?: number;
  readonly batch: number;
  readonly index: number;
  readonly holder: number;
}
export interface RunOptions extends Partial<Pick<CallOrder, 'timeoutMs' | 'concurrency'>> {
  readonly count?: number;
  readonly args?: readonly ArgumentColumn[];
  readonly inputs?: readonly Input[];
  readonly attempt?: number;
  /** The code is not sent. */
  readonly withhold?: boolean;
}

export interface Failed {
  readonly error: Error;
  readonly why: (typeof ErredWhy)[keyof typeof ErredWhy];
}

export class FakeScheduler {
  readonly workerSide: Connection;
  readonly #connection: Connection;
  readonly #heard: Message[] = [];
  readonly #waiting: { met(): boolean; resolve(): void }[] = [];
  readonly #sent = new Set<string>();
  readonly #refusal: string | undefined;
  readonly results = new Map<string, unknown>();
  readonly failures = new Map<string, Failed>();
  #batches = 0;
  #runs = 0;

  /** `refusal`: answers hello with it. */
  constructor(number = 1, refusal?: string) {
    this.#refusal = refusal;
    [this.workerSide, this.#connection] = memoryPair('scheduler', 'worker', { encoded: true });
    this.#connection.open({
      messages: (batch) => {
        for (const message of batch) this.#hear(message, number);
        for (const waiting of this.#waiting.splice(0)) {
          if (waiting.met()) waiting.resolve();
          else this.#waiting.push(waiting);
        }
      },
      closed: () => {},
    });
  }

  get heard(): readonly Message[] {
    return this.#heard;
  }

  send(message: Message): void {
    this.#connection.send(message);
  }

  /** Sends code and one run row; gives the number of the batch. */
  run(fn: (...args: never[]) => unknown, options: RunOptions = {}): number {
    const { count = 1, args = [], inputs = [], attempt = 0, timeoutMs, concurrency } = options;
    const image = captureFunction(fn);
    const code = options.withhold ? [] : [...image.sources, image.graph];
    for (const { hash, parts } of code) this.#code(hash, parts);
    const batch = ++this.#batches;
    const sources = image.sources.map(({ hash }) => hash);
    const order: CallOrder = {
      fn: { name: image.name, graph: image.graph.hash, sources },
      ...(timeoutMs && { timeoutMs }),
      ...(concurrency && { concurrency }),
    };
    const blocks =
      args.length > 0 ? [bytesOf(encodeColumns(args, count, { future: () => {}, futures: () => {} }))] : [];
    this.send({
      op: 'run',
      batch: Uint32Array.of(batch),
      first: Uint32Array.of(0),
      count: Uint32Array.of(count),
      run: Uint32Array.of(++this.#runs),
      attempt: Uint32Array.of(attempt),
      inputStart: inputs.length > 0 ? Uint32Array.of(0, inputs.length) : new Uint32Array(0),
      task: Uint32Array.from(inputs, (input) => input.task),
      inputCount: Uint32Array.from(inputs, (input) => input.count ?? 1),
      from: Uint32Array.from(inputs, (input) => input.batch),
      index: Uint32Array.from(inputs, (input) => input.index),
      holder: Uint32Array.from(inputs, (input) => input.holder),
      blockBatch: Uint32Array.from(blocks, () => batch),
      blockFirst: Uint32Array.from(blocks, () => 0),
      blockRows: Uint32Array.from(blocks, () => count),
      newBatch: Uint32Array.of(batch),
      newOrder: Uint32Array.of(0),
      sections: [packMap([order]), ...blocks],
    });
    return batch;
  }

  /** Nothing is left of this batch, nor of the code of its function. */
  forget(batch: number, fn: (...args: never[]) => unknown): void {
    const image = captureFunction(fn);
    this.send({ op: 'retire', batch: Uint32Array.of(batch), sections: [] });
    for (const { hash } of [...image.sources, image.graph]) {
      this.#sent.delete(hash);
      this.send({ op: 'code', sections: [Buffer.from(hash, 'latin1'), new Uint8Array(0)] });
    }
  }

  /** Rows over whole batches, which have the run of the same number. */
  rows(op: 'stop' | 'take-back', batch: number, first: number, count: number): void {
    const one = (value: number) => Uint32Array.of(value);
    this.send({ op, batch: one(batch), first: one(first), count: one(count), run: one(batch), sections: [] });
  }

  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ met, resolve }));
  }

  async result(batch: number, index = 0): Promise<unknown> {
    const key = `${batch}/${index}`;
    await this.until(() => this.results.has(key) || this.failures.has(key));
    const failure = this.failures.get(key);
    if (failure) throw failure.error;
    return this.results.get(key);
  }

  async failure(batch: number, index = 0): Promise<Failed> {
    const key = `${batch}/${index}`;
    await this.until(() => this.failures.has(key) || this.results.has(key));
    const failure = this.failures.get(key);
    if (!failure) throw new Error(`${key} gave ${String(this.results.get(key))} instead of failing`);
    return failure;
  }

  of<Op extends Message['op']>(op: Op): Extract<Message, { op: Op }>[] {
    return this.#heard.filter((message): message is Extract<Message, { op: Op }> => message.op === op);
  }

  /** All that tasks wrote. */
  written(stream: Control<'output'>['stream']): string {
    return this.of('output')
      .filter((one) => one.stream === stream)
      .map(({ text }) => text)
      .join('');
  }

  close(): void {
    this.#connection.close('closed', 'the test is over');
  }

  #code(hash: string, parts: Parts): void {
    if (this.#sent.has(hash)) return;
    this.#sent.add(hash);
    this.send({ op: 'code', sections: [Buffer.from(hash, 'latin1'), bytesOf(parts)] });
  }

  #hear(message: Message, number: number): void {
    if (message.op === 'hello' && this.#refusal) {
      this.send({ op: 'refused', code: 'wrong-token', message: this.#refusal });
    } else if (message.op === 'hello') {
      this.send({ op: 'welcome', protocol: 1, version: '0', number, dataToken: 'data' });
    }
    this.#heard.push(message);
    if (message.op === 'finished') {
      message.batch.forEach((batch, row) => {
        const values = message.inline[row] === 1 ? decodeBlock(message.sections[row]!) : [];
        for (let i = 0; i < message.count[row]!; i++) {
          this.results.set(
            `${batch}/${message.first[row]! + i}`,
            message.inline[row] === 1 ? values[i] : 'on the worker',
          );
        }
      });
    }
    if (message.op === 'erred') {
      message.batch.forEach((batch, row) => {
        const why = message.why[row] as Failed['why'];
        this.failures.set(`${batch}/${message.first[row]}`, {
          error: decodeError(message.sections[row]!),
          why,
        });
      });
    }
  }
}

function bytesOf(parts: Parts): Uint8Array {
  return joinParts(parts);
}
