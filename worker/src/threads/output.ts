/** What tasks write to stdout and stderr goes to the agent, so that it arrives at the client. */
import type { Current } from './current.ts';

/** What one task may write; the rest is counted and dropped. */
export const TASK_OUTPUT_BYTES = 64 * 1024;
/** Lines are collected for this long. */
const COLLECT_MS = 50;
const COLLECT_CHARS = 8 * 1024;

export interface OutputSink {
  wrote(batch: number, index: number, stream: 1 | 2, text: string): void;
  /** Posts what was written. */
  flush(): void;
}

type Write = typeof process.stdout.write;

export class Output {
  readonly #current: Current;
  readonly #sink: OutputSink;
  #collected = '';
  #from: { batch: number; index: number; stream: 1 | 2 } | undefined;
  #left = 0;
  #dropped = 0;
  #task = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(current: Current, sink: OutputSink) {
    this.#current = current;
    this.#sink = sink;
  }

  /** Replaces the streams' own writing, which console.log uses as well. */
  capture(): void {
    for (const [stream, number] of [
      [process.stdout, 1],
      [process.stderr, 2],
    ] as const) {
      const own = stream.write.bind(stream) as Write;
      stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
        const task = this.#current.now;
        if (!task) return (own as (...all: unknown[]) => boolean)(chunk, ...rest);
        this.write(
          task.batch,
          task.index,
          number,
          typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString(),
        );
        const done = rest.find((one) => typeof one === 'function');
        if (typeof done === 'function') queueMicrotask(() => done());
        return true;
      }) as Write;
    }
  }

  write(batch: number, index: number, stream: 1 | 2, text: string): void {
    const from = this.#from;
    if (from?.batch !== batch || from.index !== index || from.stream !== stream) this.settle();
    if (`${batch} ${index}` !== this.#task) this.#begin(`${batch} ${index}`);
    const taken = text.length <= this.#left ? text : text.slice(0, this.#left);
    this.#left -= taken.length;
    this.#dropped += text.length - taken.length;
    if (taken === '') return;
    this.#from = { batch, index, stream };
    this.#collected += taken;
    if (this.#collected.length >= COLLECT_CHARS) this.settle();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.settle();
      this.#sink.flush();
    }, COLLECT_MS);
  }

  /** Hands over what was collected. */
  settle(): void {
    if (!this.#from) return;
    const { batch, index, stream } = this.#from;
    const lost = this.#left === 0 && this.#dropped > 0 ? `\n... ${this.#dropped} bytes dropped\n` : '';
    this.#sink.wrote(batch, index, stream, this.#collected + lost);
    this.#collected = '';
    this.#from = undefined;
  }

  #begin(task: string): void {
    this.#task = task;
    this.#left = TASK_OUTPUT_BYTES;
    this.#dropped = 0;
  }
}
