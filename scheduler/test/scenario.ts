/**
 * A scheduler in a story: `scenario().client().worker('w1').submit('x').expect(['w1: run x'])`. Each sentence is one step, after
 * which every invariant is checked; `expect` compares all that was commanded since the last one, and nothing else.
 */
import { expect } from 'vitest';
import { pieceAt } from '../src/core/batch.ts';
import { check } from '../src/core/check.ts';
import {
  type Command,
  type Event,
  emptyState,
  explain,
  type Fault,
  type State,
  step,
} from '../src/core/index.ts';
import { findBatch } from '../src/core/inputs.ts';
import { PHASE_NAMES } from '../src/core/pieces.ts';
import { Orders, type Row } from './orders.ts';
import {
  bytesOf,
  type Completion,
  column,
  columns,
  finishedMessage,
  type Submission,
  submitMessage,
} from './reports.ts';
import { TaskNames } from './task-names.ts';
import { words } from './words.ts';

export class Scenario {
  readonly state: State;
  readonly faults: Fault[] = [];
  readonly transcript: string[] = [];
  readonly #tasks = new TaskNames();
  readonly #orders = new Orders();
  readonly #clients = new Map<number, string>();
  readonly #workers = new Map<number, string>();
  readonly #nextTask = new Map<number, number>();
  #lines: string[] = [];
  #now = 0;
  #gathered: Event[] | undefined;
  #checks = true;

  constructor(config: Partial<State['config']> = {}) {
    this.state = emptyState({
      encodeFault: (fault) => {
        this.faults.push(fault);
        return bytesOf(fault.code);
      },
      cacheBytes: 1 << 20,
      workerTtlMs: 30_000,
      horizonMicros: 8_000,
      ...config,
    });
  }

  // ------------------------------------------------------------------------------------------ what clients do

  client(name = 'client'): this {
    const client = this.#clients.size + 1;
    this.#clients.set(client, name);
    this.#nextTask.set(client, 1);
    return this.#happens(`${name} joins`, { on: 'client-joined', client });
  }

  leave(name = 'client'): this {
    return this.#happens(`${name} leaves`, { on: 'client-left', client: this.#client(name) });
  }

  cutOff(name = 'client'): this {
    return this.#happens(`${name} is cut off`, { on: 'client-cut-off', client: this.#client(name) });
  }

  comeBack(name = 'client'): this {
    return this.#happens(`${name} comes back`, { on: 'client-came-back', client: this.#client(name) });
  }

  submit(name: string, options: Submission = {}): this {
    return this.#submit(name, 1, options.after ? [options.after] : [], options);
  }

  /** One function over `count` tasks. */
  map(name: string, count: number, options: Submission = {}): this {
    return this.#submit(name, count, [], options);
  }

  /** One function over a task for each list of inputs. */
  each(name: string, inputs: readonly (readonly string[])[], options: Submission = {}): this {
    return this.#submit(name, inputs.length, inputs, options);
  }

  /** One function over tasks that each need the one before. */
  chain(name: string, count: number, options: Submission = {}): this {
    return this.#submit(
      name,
      count,
      Array.from({ length: count }, (_, i) => (i > 0 ? [`${name}[${i - 1}]`] : [])),
      options,
    );
  }

  scatter(
    name: string,
    options: { count?: number; broadcast?: boolean; workers?: string[]; bytes?: number } = {},
  ): this {
    const { count = 1, broadcast = false, workers, bytes = 100 } = options;
    const { client, first } = this.#mint('client', name, count);
    const copies = broadcast ? ', a copy for every worker' : '';
    return this.#happens(`client scatters ${this.#say(name)}${copies}`, {
      on: 'scattered',
      client,
      head: { first, name, broadcast, ...(workers && { workers }) },
      message: { op: 'scatter', bytes: new Uint32Array(count).fill(bytes), sections: [] },
    });
  }

  want(...names: string[]): this {
    return this.#saysOf('wants', 'wanted', 'want', names);
  }

  release(...names: string[]): this {
    return this.#saysOf('releases', 'released', 'release', names);
  }

  cancel(...names: string[]): this {
    return this.#saysOf('cancels', 'cancelled', 'cancel', names);
  }

  credit(writable: boolean, name = 'client'): this {
    const event: Event = { on: 'credit-changed', client: this.#client(name), writable };
    return this.#happens(`${name} ${writable ? 'reads again' : 'stops reading'}`, event);
  }

  code(hash: string, by = 'client'): this {
    const client = this.#client(by);
    return this.#happens(`${by} sends the code ${hash}`, {
      on: 'code-came',
      client,
      hash,
      bytes: bytesOf(hash),
    });
  }

  letGoCode(hash: string, by = 'client'): this {
    const event: Event = { on: 'code-let-go', client: this.#client(by), hash };
    return this.#happens(`${by} no longer counts on the code ${hash}`, event);
  }

  // ------------------------------------------------------------------------------------------ what workers do

  worker(
    name: string,
    options: { threads?: number; concurrency?: number; resources?: Record<string, number> } = {},
  ): this {
    const { threads = 1, concurrency, resources = {} } = options;
    const worker = this.#workers.size + 1;
    this.#workers.set(worker, name);
    const offer = Object.entries(resources).map(([what, amount]) => ` and ${what}: ${amount}`);
    return this.#happens(`${name} joins with ${threads} thread${threads === 1 ? '' : 's'}${offer.join('')}`, {
      on: 'worker-joined',
      worker,
      name,
      address: '',
      threads,
      concurrency,
      resources,
    });
  }

  die(name: string, reason = 'connection lost'): this {
    const worker = this.#worker(name);
    this.#orders.lost(worker);
    return this.#happens(`${name} dies (${reason})`, { on: 'worker-lost', worker, reason });
  }

  retire(name: string): this {
    return this.#happens(`${name} is to leave`, { on: 'worker-retiring', worker: this.#worker(name) });
  }

  /** It has fetched these, which another worker holds that is to leave. */
  copy(name: string, on: string): this {
    const { batch, index: first, count } = this.#tasks.find(name);
    return this.#finish(this.#worker(on), [{ batch, first, count, run: 0 }], {}, `has a copy of ${name}`);
  }

  /** It could not fetch these from `holder`, to keep them. */
  lackCopy(name: string, options: { on: string; holder: string }): this {
    const { batch, index, count } = this.#tasks.find(name);
    const row = { batch, first: index, count, run: 0 };
    return this.#happens(`${options.on} cannot fetch ${name} from ${options.holder}`, {
      on: 'input-missing',
      worker: this.#worker(options.on),
      message: {
        op: 'input-missing',
        ...columns([row]),
        from: Uint32Array.of(batch),
        index: Uint32Array.of(index),
        holder: Uint32Array.of(this.#worker(options.holder)),
        sections: [],
      },
    });
  }

  /** `running`: the tasks that run, and since when. */
  heartbeat(name: string, running: Readonly<Record<string, number>> = {}): this {
    const worker = this.#worker(name);
    const rows = Object.entries(running).map(([task, ms]): [number, number, number, number] => {
      const [row] = this.#orders.find(worker, this.#tasks.find(task));
      if (!row) throw new Error(`${name} was not told to run ${task}`);
      return [row.batch, row.first, row.run, ms];
    });
    const what = Object.entries(running).map(([task, ms]) => `, ${task} for ${ms} ms`);
    return this.#happens(`${name} says that it lives${what.join('')}`, {
      on: 'heartbeat-came',
      worker,
      running: rows,
    });
  }

  /** Answers what was ordered of these tasks, at each worker that has some of them. */
  finish(name: string, options: Completion = {}): this {
    for (const [worker, rows] of this.#ordered(name, options)) this.#finish(worker, rows, options);
    return this;
  }

  /** A worker answers all that it was ordered, in one message. */
  finishAll(on: string, options: Completion = {}): this {
    const worker = this.#worker(on);
    const rows = this.#orders.all(worker);
    return rows.length > 0 ? this.#finish(worker, rows, options) : this;
  }

  throw(name: string, error: string, options: Completion = {}): this {
    for (const [worker, rows] of this.#ordered(name, options)) {
      const each = rows.flatMap((row) =>
        Array.from({ length: row.count }, (_, k) => ({ ...row, first: row.first + k, count: 1 })),
      );
      const why = new Uint32Array(each.length);
      const sections = each.map(() => bytesOf(error));
      const message = { op: 'erred' as const, ...columns(each), why, sections };
      const what = `${this.#workers.get(worker)} throws ${error} in ${this.#sayRows(rows)}`;
      this.#happens(what, { on: 'erred', worker, message });
    }
    return this;
  }

  /** Nothing at all may be handed back, in answer to a take-back that came too late. */
  handBack(on: string, ...names: string[]): this {
    const worker = this.#worker(on);
    const rows = names.flatMap((name) => this.#orders.take(worker, this.#tasks.find(name)));
    return this.#happens(`${on} hands back ${rows.length > 0 ? this.#sayRows(rows) : 'nothing'}`, {
      on: 'handed-back',
      worker,
      message: { op: 'handed-back', ...columns(rows), sections: [] },
    });
  }

  /** `name` waits in vain on the worker `on` for `input`, which `holder` has not (without a holder: which is not there). */
  inputMissing(name: string, options: { on: string; input: string; holder?: string }): this {
    const { on, input, holder } = options;
    const worker = this.#worker(on);
    const rows = this.#orders.take(worker, this.#tasks.find(name));
    const { batch, index } = this.#tasks.find(input);
    const where = holder ? `at ${holder}` : 'there';
    return this.#happens(`${on} does not find ${input} ${where} for ${name}`, {
      on: 'input-missing',
      worker,
      message: {
        op: 'input-missing',
        ...columns(rows),
        from: column(rows, () => batch),
        index: column(rows, () => index),
        holder: column(rows, () => (holder ? this.#worker(holder) : 0)),
        sections: [],
      },
    });
  }

  /** Answers a fetch; empty: the worker has it not. */
  send(name: string, options: { on: string; empty?: boolean }): this {
    const { batch, index: first, count } = this.#tasks.find(name);
    const what = options.empty ? `has no ${name} to send` : `sends ${name}`;
    return this.#happens(`${options.on} ${what}`, {
      on: 'data-came',
      worker: this.#worker(options.on),
      message: {
        op: 'data',
        ...columns([{ batch, first, count, run: 0 }]),
        sections: [bytesOf(options.empty ? '' : name)],
      },
    });
  }

  /** A client has brought scattered data to a worker. */
  bring(name: string, on: string, bytes = 100): this {
    const { batch, index: first, count } = this.#tasks.find(name);
    return this.#finish(this.#worker(on), [{ batch, first, count, run: 0 }], { bytes }, `gets ${name}`);
  }

  // ------------------------------------------------------------------------------------------ time and judgement

  /** Time goes by, and the clock ticks. */
  wait(ms: number): this {
    this.#now += ms;
    return this.#happens(`${ms} ms go by`, { on: 'ticked' });
  }

  /** All that happens within is one step. */
  together(what: (scene: this) => void): this {
    const events: Event[] = [];
    this.#gathered = events;
    what(this);
    this.#gathered = undefined;
    return this.#step(events);
  }

  /** For crowds in which looking at everything after each step would take too long: looks at all once, and no more. */
  unchecked(): this {
    check(this.state);
    this.#checks = false;
    return this;
  }

  expect(lines: readonly string[]): this {
    const said = this.lines();
    expect(said).toEqual(lines);
    return this;
  }

  /** All that was commanded since the last look. */
  lines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** What was commanded so far is of no interest here. */
  ignore(): this {
    this.#lines = [];
    return this;
  }

  explain(name: string): string {
    const { client, task } = this.#tasks.find(name);
    const known = this.state.clients.get(client);
    if (!known) throw new Error('its client is gone');
    return explain(this.state, known, task);
  }

  /** The worker that has (the first of) these to run. */
  workerOf(name: string): string {
    const [worker = 0] = this.#orders.workersOf(this.#tasks.find(name));
    return this.#workers.get(worker) ?? 'nobody';
  }

  /** Phase of the (first) task, `forgotten` when there is no trace of it. */
  phase(name: string): string {
    const { batch, index } = this.#tasks.find(name);
    const known = this.state.batchById.get(batch);
    const piece = known ? pieceAt(known, index) : -1;
    return piece < 0 ? 'forgotten' : (PHASE_NAMES[this.state.pieces.phase[piece]!] ?? '?');
  }

  // ------------------------------------------------------------------------------------------ how it is done

  #mint(by: string, name: string, count: number): { client: number; first: number } {
    const client = this.#client(by);
    const first = this.#nextTask.get(client)!;
    this.#nextTask.set(client, first + count);
    this.#tasks.define(name, client, first, count);
    return { client, first };
  }

  #submit(name: string, count: number, deps: readonly (readonly string[])[], submission: Submission): this {
    const {
      after,
      shared = [],
      over,
      blocks = [],
      fn = name,
      code = fn,
      by = 'client',
      ...options
    } = submission;
    const { client, first } = this.#mint(by, name, count);
    const needs = [...new Set([...deps.flat(), ...shared, ...(over ? [over] : [])])];
    const rows = deps.map((names) => names.map((each) => this.#tasks.find(each)));
    const common = shared.map((each) => this.#tasks.find(each));
    const zip = over ? [this.#tasks.find(over)] : [];
    const needing = needs.length > 0 ? `, which needs ${needs.join(', ')}` : '';
    return this.#happens(`${by} submits ${this.#say(name)}${needing}`, {
      on: 'submitted',
      client,
      head: { first, count, fn: { name: fn, graph: code, sources: [] }, options },
      message: submitMessage({ deps: rows, shared: common, zip, blocks }),
    });
  }

  #saysOf<Op extends 'want' | 'release' | 'cancel'>(
    verb: string,
    on: 'wanted' | 'released' | 'cancelled',
    op: Op,
    names: readonly string[],
  ): this {
    const all = names.map((name) => this.#tasks.find(name));
    const client = all[0]!.client;
    const message = {
      op,
      first: column(all, ({ task }) => task),
      count: column(all, (row) => row.count),
      sections: [],
    };
    const said = names.map((name) => this.#say(name)).join(', ');
    return this.#happens(`${this.#clients.get(client)} ${verb} ${said}`, { on, client, message } as Event);
  }

  #ordered(name: string, { on, run }: Completion): [number, Row[]][] {
    const tasks = this.#tasks.find(name);
    if (run !== undefined && on) {
      const { batch, index: first, count } = tasks;
      return [[this.#worker(on), [{ batch, first, count, run }]]];
    }
    const workers = on ? [this.#worker(on)] : this.#orders.workersOf(tasks);
    const rows = workers.map((worker): [number, Row[]] => [worker, this.#orders.take(worker, tasks)]);
    if (rows.every(([, some]) => some.length === 0)) throw new Error(`nobody was told to run ${name}`);
    return rows;
  }

  #finish(worker: number, rows: readonly Row[], options: Completion, said?: string): this {
    const what = said ?? `finishes ${this.#sayRows(rows)}`;
    return this.#happens(`${this.#workers.get(worker)} ${what}`, {
      on: 'finished',
      worker,
      message: finishedMessage(rows, options),
    });
  }

  #happens(sentence: string, event: Event): this {
    this.transcript.push(sentence);
    if (this.#gathered) {
      this.#gathered.push(event);
      return this;
    }
    return this.#step([event]);
  }

  #step(events: readonly Event[]): this {
    const writer = { orders: () => new Uint8Array(0), hash: bytesOf };
    const commands = step(this.state, events, this.#now, writer);
    this.#tasks.number((client, task) => {
      const known = this.state.clients.get(client);
      return known && findBatch(known, task)?.id;
    });
    for (const command of commands) this.#commanded(command);
    if (this.#checks) check(this.state);
    return this;
  }

  #commanded(command: Command): void {
    if (command.do === 'order-worker')
      for (const message of command.messages) this.#orders.heard(command.worker, message);
    const people = { tasks: this.#tasks, clients: this.#clients, workers: this.#workers };
    for (const line of words(command, people)) {
      this.#lines.push(line);
      this.transcript.push(`    ${line}`);
    }
  }

  #say(name: string): string {
    return this.#tasks.ofName(name);
  }

  #sayRows(rows: readonly Row[]): string {
    return rows.map(({ batch, first, count }) => this.#tasks.ofBatch(batch, first, count)).join(', ');
  }

  #client(name: string): number {
    return numberOf(this.#clients, name);
  }

  #worker(name: string): number {
    return numberOf(this.#workers, name);
  }
}

function numberOf(names: ReadonlyMap<number, string>, name: string): number {
  for (const [number, known] of names) if (known === name) return number;
  throw new Error(`nobody is called ${name}`);
}

export function scenario(config?: Partial<State['config']>): Scenario {
  return new Scenario(config);
}
