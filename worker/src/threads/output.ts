/** What tasks write to stdout and stderr goes to the agent, so that it arrives at the client. */
import { StringDecoder } from 'node:string_decoder';
import { head } from '../core/cut.ts';
import type { Current, RunningTask } from './current.ts';
import type { Wrote } from './wire.ts';

/** What one task may write. */
const TASK_OUTPUT_CHARS = 64 * 1024;
const CUT = `\n... the rest is dropped: a task may write ${TASK_OUTPUT_CHARS} characters\n`;
/** The agent is woken for output after this long, if nothing else wakes it. */
const FLUSH_MS = 50;
/** As they are before tasks run, which may leave others in their place. */
const { queueMicrotask, setTimeout } = globalThis;

export interface OutputSink {
  /** Leaves it where the agent finds it, also while the task goes on; false where there is no room. */
  leave(wrote: Wrote): boolean;
  /** Posts it, where there was no room to leave it. */
  wrote(wrote: Wrote): void;
  /** Wakes the agent for all that was written. */
  flush(): void;
}

type Write = typeof process.stdout.write;

/** Of the task that has this index: tasks that run one after the other are told of by one object. */
interface Budget {
  index: number;
  left: number;
  /** By stream, once it wrote bytes: a character may be cut between two writes. */
  readonly decoders: { [stream: number]: StringDecoder };
}

export class Output {
  readonly #current: Current;
  readonly #sink: OutputSink;
  readonly #budgets = new WeakMap<RunningTask, Budget>();
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
        this.write(task, number, this.#textOf(task, number, chunk, rest[0]));
        const done = rest.find((one) => typeof one === 'function');
        if (typeof done === 'function') queueMicrotask(() => done());
        return true;
      }) as Write;
    }
  }

  #textOf(task: RunningTask, stream: 1 | 2, chunk: string | Uint8Array, encoding: unknown): string {
    const isEncoded = typeof encoding === 'string' && !/^utf-?8$/i.test(encoding);
    if (typeof chunk === 'string' && !isEncoded) return chunk;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk;
    const { decoders } = this.#budgetOf(task);
    decoders[stream] ??= new StringDecoder();
    return decoders[stream].write(bytes as Buffer);
  }

  write(task: RunningTask, stream: 1 | 2, text: string): void {
    const { batch, index } = task;
    const budget = this.#budgetOf(task);
    if (text === '' || budget.left < 0) return;
    const bounded = text.length <= budget.left ? text : head(text, budget.left) + CUT;
    budget.left -= text.length;
    const wrote = [batch, index, stream, bounded] as const;
    if (!this.#sink.leave(wrote)) this.#sink.wrote(wrote);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sink.flush();
    }, FLUSH_MS);
  }

  /** Below 0 once it was told that there was too much. */
  #budgetOf(task: RunningTask): Budget {
    let budget = this.#budgets.get(task);
    if (budget?.index !== task.index) {
      budget = { index: task.index, left: TASK_OUTPUT_CHARS, decoders: {} };
      this.#budgets.set(task, budget);
    }
    return budget;
  }
}
