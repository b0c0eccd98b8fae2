/**
 * A worker's core played through in words: what happens to it, and all that it wants done since it was last asked.
 * Tasks are named `a[2]`, stretches of them `a[0..3)`. The invariants are checked after every step.
 */
import { ErredWhy } from '@taskloom/protocol';
import { expect } from 'vitest';
import {
  type Command,
  check,
  type Event,
  type RunColumns,
  type Running,
  type Settings,
  type State,
  start,
  step,
} from '../core/index.ts';

type Rows = readonly [batch: string, first: number, count: number];

export interface Needs {
  readonly of: string;
  readonly index?: number;
  readonly count?: number;
  /** A worker's number; 0, this worker, when absent. */
  readonly at?: number;
}
export interface Work {
  readonly first?: number;
  readonly count?: number;
  readonly run?: number;
  readonly needs?: readonly Needs[];
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  /** Batches of one function share what is known of its duration. */
  readonly fn?: string;
}

export class Scenario {
  readonly state: State;
  now = 1_000;
  #commands: Command[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #runs = new Map<string, number>();

  constructor(settings: Partial<Settings> = {}) {
    this.state = start(
      {
        name: 'w',
        threads: 1,
        copyBytes: 1_000,
        aheadMicros: 16_000,
        encodeFailure: ({ is }) => new TextEncoder().encode(is),
        ...settings,
      },
      this.#commands,
    );
    for (const number of [...this.state.threads.keys()])
      this.happen({ on: 'thread-started', now: 0, thread: number });
    this.#commands = [];
  }

  happen(event: Event): this {
    step(this.state, { ...event, now: this.now }, this.#commands);
    check(this.state);
    return this;
  }

  /** Raw commands since last asked. */
  take(): Command[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  /** What was wanted so far is of no interest here. */
  ignore(): this {
    this.#commands = [];
    return this;
  }

  /** All that is wanted done, and nothing else. */
  expect(...said: string[]): this {
    expect(this.take().flatMap((command) => this.#say(command))).toEqual(said);
    return this;
  }

  /** The duration of calls of this function is known. */
  measured(fn: string, micros: number): this {
    const batch = `warm-${fn}`;
    this.run(batch, { fn });
    const thread = this.#threadOf(batch, 0);
    this.finish(batch, 0, 1, { micros });
    expect(this.state.threads.get(thread)?.tasks).toBe(0);
    this.drop(batch, 0, 1);
    this.#commands = [];
    return this;
  }

  run(name: string, work: Work = {}): this {
    const { first = 0, count = 1, needs = [], timeoutMs, concurrency, fn = name } = work;
    const batch = this.number(name);
    const run = work.run ?? this.#runs.get(name) ?? batch * 10;
    this.#runs.set(name, run);
    const column = (of: (need: Needs) => number) => Uint32Array.from(needs, of);
    const message: RunColumns = {
      op: 'run',
      batch: Uint32Array.of(batch), first: Uint32Array.of(first), count: Uint32Array.of(count),
      run: Uint32Array.of(run), attempt: Uint32Array.of(0),
      inputStart: Uint32Array.of(0, needs.length),
      task: column((need) => this.number(need.of) * 1_000 + (need.index ?? 0)),
      inputCount: column((need) => need.count ?? 1),
      from: column((need) => this.number(need.of)),
      index: column((need) => need.index ?? 0),
      holder: column((need) => need.at ?? 0),
      blockBatch: new Uint32Array(0), blockFirst: new Uint32Array(0), blockRows: new Uint32Array(0),
      sections: [new Uint8Array(0)],
    }; // biome-ignore format: columns
    const order = {
      batch,
      fn: { name, graph: fn, sources: [] },
      ...(timeoutMs && { timeoutMs }),
      ...(concurrency && { concurrency }),
    };
    return this.happen({ on: 'run', now: 0, message, orders: this.state.batches.has(batch) ? [] : [order] });
  }

  /** A thread reports results of an order as one block. */
  finish(name: string, first: number, count = 1, { micros = 1, bytes = 8, credit = true } = {}): this {
    const thread = this.#threadOf(name, first);
    const block = { order: this.#orderOf(name, first), first, count, micros, content: new Uint8Array(bytes) };
    return this.happen({
      on: 'thread-reported',
      now: 0,
      thread,
      credit,
      report: { blocks: [block], errors: [], missing: [] },
    });
  }

  fail(name: string, index: number): this {
    const thread = this.#threadOf(name, index);
    const error = {
      order: this.#orderOf(name, index),
      index,
      why: 'threw' as const,
      micros: 1,
      content: new Uint8Array(1),
    };
    return this.happen({
      on: 'thread-reported',
      now: 0,
      thread,
      credit: true,
      report: { blocks: [], errors: [error], missing: [] },
    });
  }

  /** The thread did not run the task, since an input was not made before it there. */
  lack(name: string, index: number): this {
    const thread = this.#threadOf(name, index);
    const missing = { order: this.#orderOf(name, index), index };
    return this.happen({
      on: 'thread-reported',
      now: 0,
      thread,
      credit: true,
      report: { blocks: [], errors: [], missing: [missing] },
    });
  }

  /** The thread answers that it had begun so many tasks in all, of which these run. */
  withdrawn(thread: number, claimed: number, ...running: Running[]): this {
    return this.happen({ on: 'thread-withdrawn', now: 0, thread, claimed, running });
  }

  exited(thread: number, ...running: Running[]): this {
    return this.happen({ on: 'thread-exited', now: 0, thread, reason: 'it fell over', running });
  }

  /** What runs, for the events that say so. */
  running(name: string, index: number, ms = 0): Running {
    return { order: this.#orderOf(name, index), index, ms };
  }

  tick(thread: number, ...running: Running[]): this {
    return this.happen({ on: 'ticked', now: 0, threads: [{ thread, running }] });
  }

  started(thread: number): this {
    return this.happen({ on: 'thread-started', now: 0, thread });
  }

  fetched(name: string, index: number, { first = index, count = 1, bytes = 8 } = {}): this {
    const content = new Uint8Array(bytes);
    return this.happen({ on: 'fetched', now: 0, batch: this.number(name), index, first, count, content });
  }

  fetchFailed(name: string, index: number): this {
    return this.happen({ on: 'fetch-failed', now: 0, batch: this.number(name), index, reason: 'gone' });
  }

  put(name: string, index: number, bytes = 8): this {
    return this.happen({
      on: 'put',
      now: 0,
      batch: this.number(name),
      index,
      content: new Uint8Array(bytes),
    });
  }

  drop(...[name, first, count]: Rows): this {
    return this.happen({
      on: 'drop',
      now: 0,
      message: { op: 'drop', ...this.#rows(name, first, count), sections: [] },
    });
  }

  keep(name: string, first: number, count: number, holder: number): this {
    const message = { op: 'keep' as const, ...this.#rows(name, first, count), sections: [] };
    return this.happen({ on: 'keep', now: 0, message: { ...message, holder: Uint32Array.of(holder) } });
  }

  fetch(...[name, first, count]: Rows): this {
    return this.happen({
      on: 'fetch',
      now: 0,
      message: { op: 'fetch', ...this.#rows(name, first, count), sections: [] },
    });
  }

  /** No task of the batch is left to run, as the scheduler sees it. */
  retire(name: string): this {
    const batch = Uint32Array.of(this.number(name));
    return this.happen({ on: 'retire', now: 0, message: { op: 'retire', batch, sections: [] } });
  }

  takeBack(...[name, first, count]: Rows): this {
    return this.#recall('take-back', name, first, count);
  }

  stop(...[name, first, count]: Rows): this {
    return this.#recall('stop', name, first, count);
  }

  number(name: string): number {
    const number = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, number);
    return number;
  }

  #recall(on: 'take-back' | 'stop', name: string, first: number, count: number): this {
    const run = Uint32Array.of(this.#runs.get(name) ?? 0);
    const rows = { ...this.#rows(name, first, count), run, sections: [] };
    return on === 'stop'
      ? this.happen({ on, now: 0, message: { op: on, ...rows } })
      : this.happen({ on, now: 0, message: { op: on, ...rows } });
  }

  #rows(name: string, first: number, count: number) {
    return {
      batch: Uint32Array.of(this.number(name)),
      first: Uint32Array.of(first),
      count: Uint32Array.of(count),
    };
  }

  #place(name: string, index: number) {
    const place = this.state.results.get(this.number(name))?.places.at(index);
    if (place?.is !== 'on-thread')
      throw new Error(`${name}[${index}] is ${place?.is ?? 'nowhere'}, not on a thread`);
    return place.order;
  }

  #orderOf(name: string, index: number): number {
    return this.#place(name, index).id;
  }

  #threadOf(name: string, index: number): number {
    return this.#place(name, index).thread.number;
  }

  #say(command: Command): string[] {
    switch (command.do) {
      case 'send':
        return this.#sayMessage(command.message);
      case 'start-thread':
        return [`start thread ${command.thread}`];
      case 'terminate-thread':
        return [`terminate thread ${command.thread}`];
      case 'withdraw':
        return [`withdraw from thread ${command.thread}`];
      case 'thread-run':
        return command.orders.map((order) => {
          const made = order.inputs.filter(({ block }) => block === undefined).length;
          const behind = made > 0 ? ' behind its input' : '';
          const mayShare = this.state.batches.get(order.batch)!.concurrency > 1;
          const alone = mayShare && order.concurrency === 1 ? ' alone' : '';
          const tasks = this.#range(order.batch, order.first, order.count);
          return `thread ${command.thread} runs ${tasks}${alone}${behind}`;
        });
      case 'fetch-input':
        return [`fetch ${this.#name(command.batch)}[${command.index}] from ${command.holder}`];
      case 'forget':
        return [`forget ${command.blocks.length}`];
      case 'leave':
        return ['leave'];
      case 'give-up':
        return [`give up: ${command.reason}`];
    }
  }

  #sayMessage(message: Extract<Command, { do: 'send' }>['message']): string[] {
    if (message.op === 'output')
      return [`output of ${this.#name(message.batch)}[${message.index}]: ${message.text}`];
    if (!('batch' in message) || !('first' in message) || !('count' in message)) return [message.op];
    const rows = [...message.batch].map((batch, row) => {
      const tasks = this.#range(batch, message.first[row]!, message.count[row]!);
      if (message.op === 'finished') return `finished ${tasks}${message.inline[row] ? '' : ' kept here'}`;
      if (message.op === 'erred') return `erred ${tasks} ${WHY[message.why[row]!]}`;
      if (message.op === 'handed-back') return `handed back ${tasks}`;
      if (message.op === 'data') return `data ${tasks} ${message.sections[row]!.length} bytes`;
      if (message.op !== 'input-missing') return message.op;
      const holder = message.holder[row] === 0 ? 'here' : message.holder[row];
      return `${tasks} lacks ${this.#name(message.from[row]!)}[${message.index[row]}] of ${holder}`;
    });
    return rows.length > 0 ? rows : [`${message.op} nothing`];
  }

  #range(batch: number, first: number, count: number): string {
    return count === 1
      ? `${this.#name(batch)}[${first}]`
      : `${this.#name(batch)}[${first}..${first + count})`;
  }

  #name(number: number): string {
    for (const [name, known] of this.#numbers) if (known === number) return name;
    return `batch ${number}`;
  }
}

const WHY = Object.fromEntries(Object.entries(ErredWhy).map(([name, why]) => [why, name]));

export function scenario(settings: Partial<Settings> = {}): Scenario {
  return new Scenario(settings);
}
