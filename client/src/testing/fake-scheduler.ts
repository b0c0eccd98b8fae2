/**
 * A scheduler and worker in one small object, for tests of the client alone: runs tasks in this thread when told to, in the
 * order they can run, and remembers all that it heard.
 */
import {
  Call,
  exceeded,
  type FunctionRef,
  Limits,
  type Message,
  type MessageOf,
  type ProtocolCode,
  ProtocolError,
  ScatterHead,
  type Submit,
  unpackMap,
  VERSION,
  type WorkerInfo,
} from '@taskloom/protocol';
import { type Connection, greet, memoryPair } from '@taskloom/protocol/connection';
import { type Loaded, loadFunction } from '@taskloom/protocol/functions';
import { decodeBlock, decodeColumns, encodeBlock, encodeError, joinParts } from '@taskloom/protocol/values';

import { Client } from '../client.ts';
import { openSession } from '../connect.ts';
import type { DataDoors } from '../door/port.ts';
import { Keys } from '../keys.ts';
import type { Output } from '../output.ts';

interface Task {
  readonly needs: readonly number[];
  readonly name: string;
  readonly run: () => unknown;
}
type Outcome = { readonly value: unknown } | { readonly error: Uint8Array };
type Heard = { readonly [M in Message as M['op']]?: (message: M) => void };

export class FakeScheduler {
  readonly heard: Message[] = [];
  readonly token: string;
  /** Tasks run only when this is false. */
  paused = false;
  /** Values that are wanted do not come. */
  losesValues = false;
  readonly outcomes = new Map<number, Outcome>();
  readonly tasks = new Map<number, Task>();
  #connection: Connection | undefined;
  readonly #code = new Map<string, Uint8Array>();
  /** Hashes of code that the client counts on. */
  readonly #countedOn = new Set<string>();
  readonly #functions = new Map<string, Loaded>();
  readonly #wanted = new Set<number>();
  #scheduled = false;
  readonly #inputs = {
    resolve: (task: number): unknown => this.#valueOf(task),
    captured: (task: number) => ({ value: this.#valueOf(task) }),
  };

  constructor(token = 'secret') {
    this.token = token;
  }

  /** The client's end of a new connection. */
  connect(): Connection {
    const [near, far] = memoryPair('fake client', 'fake scheduler', { encoded: true });
    void this.#greet(far).catch(() => {});
    return near;
  }

  /** Drops the client. */
  drop(code: ProtocolCode = 'connection-lost', reason = 'the fake scheduler went away'): void {
    this.#connection?.close(code, reason);
  }

  resume(): void {
    this.paused = false;
    this.#schedule();
  }

  /** Runs this task now, paused or not. */
  run(task: number): void {
    this.#try(task, this.tasks.get(task) as Task);
  }

  tellWorkers(workers: readonly WorkerInfo[]): void {
    this.#send({ op: 'workers', workers: [...workers] });
  }

  /** Says that the value of this task are these bytes. */
  sendValue(task: number, bytes: Uint8Array): void {
    const row = { first: Uint32Array.of(task), count: Uint32Array.of(1) };
    this.#send({ op: 'results', ...row, sections: [bytes] });
  }

  /** Says that the value of this task is to be got from worker 1. */
  sendPlace(task: number): void {
    const one = Uint32Array.of(1);
    this.#send({
      op: 'located', first: Uint32Array.of(task), count: one, worker: one, batch: one, index: one, bytes: one, sections: [],
    }); // biome-ignore format: one message
  }

  /** Says that some task wrote this. */
  write(text: string): void {
    const about = { batch: 0, index: 1, worker: 'w1', name: 'fake', stream: 'stdout' } as const;
    this.#send({ op: 'output', ...about, text });
  }

  /** Says that this task failed with these bytes. */
  sendFailure(task: number, bytes: Uint8Array): void {
    this.#send({
      op: 'failed',
      first: Uint32Array.of(task),
      count: Uint32Array.of(1),
      sections: [bytes],
    });
  }

  /** A finished task is to run again, and does not. */
  undo(task: number): void {
    this.#send({ op: 'undone', first: Uint32Array.of(task), count: Uint32Array.of(1), sections: [] });
  }

  /** Resolves when all that was heard so far has been run. */
  async idle(): Promise<void> {
    while (this.#scheduled) await new Promise(setImmediate);
  }

  /** What was heard of this kind, oldest first. */
  heardOf<Op extends Message['op']>(op: Op): Extract<Message, { op: Op }>[] {
    return this.heard.filter((message): message is Extract<Message, { op: Op }> => message.op === op);
  }

  async #greet(connection: Connection): Promise<void> {
    const { protocol } = await greet(connection, { tokens: { client: this.token, worker: this.token } });
    this.#connection = connection;
    connection.open({
      messages: (messages) => {
        for (const message of messages) this.#hear(message);
      },
      closed: () => {},
    });
    connection.send({ op: 'welcome', protocol, version: VERSION, number: 1, dataToken: 'data' });
    const worker = { worker: 1, name: 'w1', address: 'memory:', threads: 1, resources: {} };
    connection.send({ op: 'workers', workers: [worker] });
  }

  /** What does not add up ends the connection, as at the door of a real one. */
  #hear(message: Message): void {
    this.heard.push(message);
    try {
      (this.#on[message.op] as ((message: Message) => void) | undefined)?.(message);
    } catch (error) {
      const { code, message: why } =
        error instanceof ProtocolError ? error : new ProtocolError('bad-message', String(error));
      this.#connection?.close(code, why);
    }
  }

  readonly #on: Heard = {
    code: ({ sections: [name, bytes] }) => {
      const hash = new TextDecoder().decode(name);
      if (bytes?.length === 0) this.#countedOn.delete(hash);
      else {
        this.#countedOn.add(hash);
        this.#code.set(hash, bytes as Uint8Array);
      }
    },
    submit: (message) => this.#submit(message),
    want: ({ first, count }) => {
      first.forEach((task, row) => {
        for (let at = 0; at < count[row]!; at++) this.#wanted.add(task + at);
      });
      this.#schedule();
    },
    release: ({ first, count }) => {
      first.forEach((task, row) => {
        for (let at = 0; at < count[row]!; at++) this.outcomes.delete(task + at);
      });
    },
    cancel: ({ first, count }) => {
      first.forEach((task, row) => {
        for (let at = 0; at < count[row]!; at++) this.#cancel(task + at);
      });
    },
    scatter: ({ bytes, sections }) => {
      const head = ScatterHead.parse(unpackMap(sections[0] as Uint8Array));
      if (bytes.length === 0) throw new ProtocolError('bad-message', 'a scatter of nothing');
      if (bytes.length > Limits.batchTasks) throw exceeded('batchTasks', bytes.length);
      const task = Uint32Array.from(bytes, (_, row) => head.first + row);
      this.#send({
        op: 'put', task, worker: task.map(() => 1), batch: task.map(() => 9), index: task, sections: [],
      }); // biome-ignore format: one message
    },
    ask: ({ id, about, task }) =>
      this.#send({ op: 'answer', id, answer: about === 'explain' ? `task ${task} is a fake` : { tasks: 0 } }),
  };

  #submit(message: MessageOf<typeof Submit>): void {
    const { fn } = Call.parse(unpackMap(message.sections[0] as Uint8Array));
    for (const hash of [fn.graph, ...fn.sources])
      if (!this.#countedOn.has(hash)) throw new ProtocolError('bad-message', `code ${hash} was not sent`);
    const [first] = message.first;
    const needed = neededBy(message);
    let row = 0;
    message.blockRows.forEach((rows, block) => {
      const arguments_ = message.sections[block + 1] as Uint8Array;
      let read: ((row: number) => unknown[]) | undefined;
      for (let at = 0; at < rows; at++, row++) {
        const run = () => {
          read ??= decodeColumns(arguments_, this.#inputs);
          return this.#functionOf(fn)(...read(at));
        };
        this.tasks.set(first! + row, { needs: needed(row), name: fn.name, run });
      }
    });
    this.#schedule();
  }

  #functionOf({ graph }: FunctionRef) {
    let fn = this.#functions.get(graph);
    if (!fn) {
      fn = loadFunction(this.#code.get(graph) as Uint8Array, {
        source: (hash) => new TextDecoder().decode(this.#code.get(hash)),
        captured: this.#inputs.captured,
      });
      this.#functions.set(graph, fn);
    }
    return fn;
  }

  #valueOf(task: number): unknown {
    const outcome = this.outcomes.get(task);
    if (outcome && 'value' in outcome) return outcome.value;
    throw new Error(`task ${task} is needed and not there`);
  }

  #cancel(task: number): void {
    if (!this.tasks.delete(task)) return;
    const cancelled = Object.assign(new Error('the task was cancelled'), { name: 'CancelledError' });
    this.#fail(task, encodeError(cancelled, { task: 'fake', worker: 'w1', attempt: 0 }));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.paused) for (const [task, what] of this.tasks) this.#try(task, what);
      if (!this.losesValues) this.#answerWants();
    });
  }

  #try(task: number, { needs, name, run }: Task): void {
    const broken = needs
      .map((need) => this.outcomes.get(need))
      .find((outcome) => outcome && 'error' in outcome);
    if (broken && 'error' in broken) return this.#fail(task, broken.error);
    if (!needs.every((need) => this.outcomes.has(need))) return;
    this.tasks.delete(task);
    const fail = (error: unknown) =>
      this.#fail(task, encodeError(error, { task: name, worker: 'w1', attempt: 0 }));
    try {
      const result = run();
      if (result instanceof Promise) result.then((value) => this.#finish(task, value)).catch(fail);
      else this.#finish(task, result);
    } catch (error) {
      fail(error);
    }
  }

  #finish(task: number, result: unknown): void {
    // Through bytes, as on a real worker.
    const [value] = decodeBlock(joinParts(encodeBlock([result])[0]!.parts));
    this.outcomes.set(task, { value });
    this.#schedule();
    const one = Uint32Array.of(1);
    const zero = Uint32Array.of(0);
    this.#send({
      op: 'done', first: Uint32Array.of(task), count: one, worker: one, batch: one, index: zero, bytes: zero, sections: [],
    }); // biome-ignore format: one message
  }

  #fail(task: number, error: Uint8Array): void {
    this.tasks.delete(task);
    this.outcomes.set(task, { error });
    this.#wanted.delete(task);
    this.#send({ op: 'failed', first: Uint32Array.of(task), count: Uint32Array.of(1), sections: [error] });
  }

  /** Wanted values, in blocks of consecutive tasks. */
  #answerWants(): void {
    const there = [...this.#wanted].filter((task) => this.outcomes.has(task)).sort((a, b) => a - b);
    for (let at = 0; at < there.length; ) {
      let end = at + 1;
      while (end < there.length && there[end] === there[end - 1]! + 1 && end - at < 1000) end++;
      const run = there.slice(at, end);
      for (const task of run) this.#wanted.delete(task);
      this.#answer(run.filter((task) => 'value' in this.outcomes.get(task)!));
      at = end;
    }
  }

  #answer(run: readonly number[]): void {
    if (run.length === 0) return;
    for (const block of encodeBlock(run.map((task) => this.#valueOf(task)))) {
      this.#send({
        op: 'results',
        first: Uint32Array.of(run[block.first]!),
        count: Uint32Array.of(block.count),
        sections: [joinParts(block.parts)],
      });
    }
  }

  #send(message: Message): void {
    this.#connection?.send(message);
  }
}

/** The tasks that a row of this batch needs. */
function neededBy(message: MessageOf<typeof Submit>): (row: number) => number[] {
  const span = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);
  const shared = Array.from(message.sharedFirst, (first, at) => span(first, message.sharedCount[at]!)).flat();
  return (row) => {
    const needs = [...shared, ...Array.from(message.zip, (zip) => zip + row)];
    for (let at = message.depStart[row] ?? 0; at < (message.depStart[row + 1] ?? 0); at++) {
      needs.push(...span(message.depFirst[at]!, message.depCount[at]!));
    }
    return needs;
  };
}

/** A client of it. */
export function clientOf(
  fake: FakeScheduler,
  token = fake.token,
  doors?: DataDoors,
  output?: Output,
): Client {
  const door = Promise.resolve({ connection: fake.connect(), token });
  const session = openSession('memory:fake', door, { ...(doors && { doors }), ...(output && { output }) });
  return new Client({ session, keys: new Keys(), closing: async () => {} });
}
