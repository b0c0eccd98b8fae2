/**
 * A whole cluster in one thread, from a seed: the real scheduler core, model workers that come, go and die, one client that submits
 * random graphs, and links that delay each message (in order on one link, in any order between links).
 */
import type { CallOrder, HotMessage, Message, MessageOf, Run } from '@taskloom/protocol';
import { check } from '../src/core/check.ts';
import { type BatchHead, type Event, emptyState, type State, step } from '../src/core/index.ts';
import { ModelWorker } from './model-worker.ts';
import { plan } from './plan.ts';
import { type Random, random } from './random.ts';

const CLIENT = 1;
const COLUMN = new Uint32Array(0);

/** What the simulation knows of a task, to judge what the client is told. */
interface Task {
  readonly number: number;
  /** Its value, or the failures of which it may be told: with several inputs that fail, any of theirs. */
  readonly expected: { readonly value: number } | { readonly errors: readonly string[] };
  held: boolean;
  wanted: boolean;
  cancelled: boolean;
  told: 'pending' | 'done' | 'failed';
  value: number | undefined;
  scattered: boolean;
}

export interface Swarm {
  readonly workers: number;
  readonly kills: number;
  readonly batches: number;
}

export class World {
  readonly random: Random;
  readonly scheduler: State;
  readonly tasks = new Map<number, Task>();
  readonly workers = new Map<number, ModelWorker>();
  /** Messages under way: to the scheduler (by sender) and from it (by receiver). */
  readonly #links = new Map<string, (() => void)[]>();
  /** What a section stands for. */
  readonly #orders = new WeakMap<Uint8Array, readonly CallOrder[]>();
  readonly #about = new Map<number, { name: string; first: number }>();
  readonly #needs = new Map<number, readonly number[]>();
  #nextTask = 1;
  #nextWorker = 1;
  #now = 0;
  /** Of all tasks on all workers. */
  starts = 0;
  readonly #started = new Map<string, number>();

  constructor(seed: number) {
    this.random = random(seed);
    this.scheduler = emptyState({
      encodeFault: ({ code }) => Buffer.from(code),
      cacheBytes: 40,
      workerTtlMs: 1e9,
      horizonMicros: 8_000,
    });
    this.deliver({ on: 'client-joined', client: CLIENT });
  }

  deliver(...events: Event[]): void {
    const commands = step(this.scheduler, events, this.#now++, {
      orders: (orders) => {
        const section = new Uint8Array(0);
        this.#orders.set(section, orders);
        return section;
      },
      hash: (hash) => Buffer.from(hash),
    });
    check(this.scheduler);
    for (const command of commands) {
      if (command.do === 'tell-client')
        for (const m of command.messages) this.#link('to-client', () => this.#tell(m));
      else if (command.do === 'order-worker') {
        const worker = this.workers.get(command.worker);
        for (const m of command.messages) {
          if (m.op === 'run') this.#learn(m);
          this.#link(`to-${command.worker}`, () => {
            worker?.receive(m);
            this.#leave(command.worker);
          });
        }
      }
    }
  }

  #learn({ newBatch, newOrder, sections }: MessageOf<typeof Run>): void {
    const orders = this.#orders.get(sections[0]!)!;
    newBatch.forEach((batch, row) => {
      const { name, graph } = orders[newOrder[row]!]!.fn;
      this.#about.set(batch, { name, first: Number(graph) });
    });
  }

  #link(name: string, act: () => void): void {
    const queue = this.#links.get(name) ?? [];
    this.#links.set(name, queue);
    queue.push(act);
  }

  addWorker(): void {
    const number = this.#nextWorker++;
    const send = (message: HotMessage) =>
      this.#link(`from-${number}`, () => this.deliver(fromWorker(number, message)));
    const cluster = {
      about: (batch: number) => this.#about.get(batch)!,
      needs: (task: number) => this.#needs.get(task) ?? [],
      started: (task: string) => this.#started.set(task, (this.#started.get(task) ?? 0) + 1),
      peek: (holder: number, key: string) => this.workers.get(holder)?.store.get(key),
    };
    const worker = new ModelWorker(number, plan, cluster, send);
    this.workers.set(number, worker);
    const threads = 1 + this.random.int(3);
    this.deliver({
      on: 'worker-joined',
      worker: number,
      name: `w${number}`,
      address: '',
      threads,
      resources: { GPU: 1 },
    });
  }

  killWorker(): void {
    if (this.workers.size === 0) return;
    const number = this.random.pick([...this.workers.keys()]);
    this.starts += this.workers.get(number)?.starts ?? 0;
    this.workers.delete(number);
    this.#links.delete(`to-${number}`);
    this.#links.delete(`from-${number}`);
    this.deliver({ on: 'worker-lost', worker: number, reason: 'killed' });
  }

  /** Attempts at tasks that were started more than once. */
  startedAgain(): string[] {
    return [...this.#started].filter(([, times]) => times > 1).map(([task]) => task);
  }

  /** A worker is to leave: it does so once it is told. */
  retireWorker(): void {
    if (this.workers.size === 0) return;
    this.deliver({ on: 'worker-retiring', worker: this.random.pick([...this.workers.keys()]) });
  }

  /** Who was told to leave has left nothing behind that is needed. */
  #leave(number: number): void {
    if (!this.workers.get(number)?.hasLeft) return;
    this.starts += this.workers.get(number)?.starts ?? 0;
    this.workers.delete(number);
    this.#links.delete(`to-${number}`);
    const state = this.scheduler.workers.get(number);
    if (state && (state.assignedTasks > 0 || state.heldBytes > 0))
      throw new Error(`w${number} left too early`);
    this.deliver({ on: 'worker-lost', worker: number, reason: 'left' });
  }

  /** A worker says what it runs, which has taken anything from no time to a minute; or time goes by. */
  tick(): void {
    const worker = this.workers.size > 0 ? this.random.pick([...this.workers.values()]) : undefined;
    const running = worker?.running(this.random.int(60_000));
    if (worker && running)
      this.#link(`from-${worker.number}`, () =>
        this.deliver({ on: 'heartbeat-came', worker: worker.number, running: [running] }),
      );
    else this.deliver({ on: 'ticked' });
  }

  /** Submits one batch over random inputs. */
  submit(): void {
    const { random } = this;
    const first = this.#nextTask;
    const kind = random.pick(['map', 'each', 'zip', 'shared', 'scatter'] as const);
    const name = `${random.pick(['f', 'f', 'f', 'f', 'bad', 'flaky'])}${random.chance(0.2) ? 'large' : ''}`;
    if (kind === 'scatter') return this.#scatter(first, 1 + random.int(3));
    const upper = this.#someTasks();
    const zips = kind === 'zip' && upper ? [upper.first] : [];
    const count = zips.length > 0 && upper ? upper.count : 1 + random.int(random.chance(0.3) ? 60 : 6);
    const shared = kind === 'shared' && upper ? [upper] : [];
    const deps = Array.from({ length: count }, () => (kind === 'each' ? this.#someInputs() : []));
    const options = {
      retries: name.startsWith('flaky') ? 1 + random.int(2) : 0,
      ...(random.chance(0.1) && { resources: { GPU: 1 } }),
      ...(random.chance(0.1) && { priority: random.int(3) - 1 }),
      ...(random.chance(0.1) && { concurrency: 1 + random.int(4) }),
    };
    this.#nextTask += count;
    for (let i = 0; i < count; i++) {
      const inputs = [...deps[i]!.flatMap(range), ...zips.map((zip) => zip + i), ...shared.flatMap(range)];
      this.#remember(first + i, name, i, inputs, options.retries);
    }
    this.#send('submitted', head(first, count, name, options), {
      depStart: kind === 'each' ? starts(deps) : COLUMN,
      depFirst: Uint32Array.from(deps.flat(), (dep) => dep.first),
      depCount: Uint32Array.from(deps.flat(), (dep) => dep.count),
      zip: Uint32Array.from(zips),
      sharedFirst: Uint32Array.from(shared, (dep) => dep.first),
      sharedCount: Uint32Array.from(shared, (dep) => dep.count),
    });
    if (random.chance(0.5)) this.want(first, count);
  }

  #send(
    on: 'submitted',
    made: BatchHead,
    columns: Record<
      'depStart' | 'depFirst' | 'depCount' | 'zip' | 'sharedFirst' | 'sharedCount',
      Uint32Array
    >,
  ) {
    const message = { op: 'submit' as const, blockRows: COLUMN, ...columns, sections: [new Uint8Array(0)] };
    this.#link('from-client', () => this.deliver({ on, client: CLIENT, head: made, message }));
  }

  #scatter(first: number, count: number): void {
    this.#nextTask += count;
    for (let i = 0; i < count; i++) {
      this.tasks.set(first + i, {
        ...fresh(first + i),
        expected: { value: plan.value('data', i, []) },
        scattered: true,
      });
    }
    const bytes = Uint32Array.from({ length: count }, () => 4);
    const made = { first, name: 'data', broadcast: this.random.chance(0.3) };
    this.#link('from-client', () =>
      this.deliver({
        on: 'scattered',
        client: CLIENT,
        head: made,
        message: { op: 'scatter', bytes, sections: [] },
      }),
    );
  }

  #remember(number: number, name: string, index: number, inputs: number[], retries: number): void {
    this.#needs.set(number, inputs);
    const upper = inputs.map((task) => this.tasks.get(task)!.expected);
    const broken = upper.flatMap((expected) => ('errors' in expected ? expected.errors : []));
    const values = upper.flatMap((expected) => ('value' in expected ? [expected.value] : []));
    const own = plan.fails(name, index, retries) ? [`${name}[${index}]`] : [];
    const errors = broken.length > 0 ? broken : own;
    const expected = errors.length > 0 ? { errors } : { value: plan.value(name, index, values) };
    this.tasks.set(number, { ...fresh(number), expected, scattered: false });
  }

  #heldTasks(): Task[] {
    return [...this.tasks.values()].filter(({ held, cancelled }) => held && !cancelled);
  }

  /** A run of consecutive tasks that are held. */
  #someTasks(): { first: number; count: number } | undefined {
    const held = this.#heldTasks();
    if (held.length === 0) return undefined;
    const first = this.random.pick(held).number;
    let count = 1;
    while (
      count < 40 &&
      this.tasks.get(first + count)?.held &&
      !this.tasks.get(first + count)?.cancelled &&
      this.random.chance(0.95)
    )
      count++;
    return { first, count };
  }

  #someInputs(): { first: number; count: number }[] {
    const found: { first: number; count: number }[] = [];
    for (let i = this.random.int(4); i > 0; i--) {
      const some = this.#someTasks();
      if (some) found.push(this.random.chance(0.7) ? { first: some.first, count: 1 } : some);
    }
    return found;
  }

  want(first: number, count: number): void {
    for (const task of range({ first, count })) this.tasks.get(task)!.wanted = true;
    const message = {
      op: 'want' as const,
      first: Uint32Array.of(first),
      count: Uint32Array.of(count),
      sections: [],
    };
    this.#link('from-client', () => this.deliver({ on: 'wanted', client: CLIENT, message }));
  }

  release(some = this.#someTasks()): void {
    if (!some) return;
    for (const task of range(some)) this.tasks.get(task)!.held = false;
    const message = {
      op: 'release' as const,
      first: Uint32Array.of(some.first),
      count: Uint32Array.of(some.count),
      sections: [],
    };
    this.#link('from-client', () => this.deliver({ on: 'released', client: CLIENT, message }));
  }

  releaseAll(): void {
    for (const { number } of this.#heldTasks()) this.release({ first: number, count: 1 });
    for (const task of this.tasks.values()) if (task.held) this.release({ first: task.number, count: 1 });
  }

  changeCredit(writable: boolean): void {
    this.deliver({ on: 'credit-changed', client: CLIENT, writable });
  }

  /** Moves one message or one worker by one. False when the world is at rest. */
  move(): boolean {
    const links = [...this.#links].filter(([, queue]) => queue.length > 0);
    const busy = [...this.workers.values()].filter((worker) => worker.busy);
    if (links.length + busy.length === 0) return false;
    const place = this.random.int(links.length + busy.length);
    if (place < links.length) links[place]![1].shift()!();
    else busy[place - links.length]!.act(this.random);
    return true;
  }

  #tell(message: Message): void {
    if (message.op === 'done') this.#each(message, (task) => this.#isDone(task));
    else if (message.op === 'undone')
      this.#each(message, (task) => {
        task.told = 'pending';
      });
    else if (message.op === 'failed')
      this.#each(message, (task, row) =>
        this.#isFailed(task, Buffer.from(message.sections[row]!).toString()),
      );
    else if (message.op === 'results')
      this.#each(message, (task, row, k) =>
        this.#came(task, new DataView(message.sections[row]!.slice().buffer).getUint32(4 * k, true)),
      );
    else if (message.op === 'located')
      this.#each(message, (task, row, k) =>
        this.#locate(task, message.worker[row]!, `${message.batch[row]}/${message.index[row]! + k}`),
      );
    else if (message.op === 'put') this.#put(message.task, message.worker, message.batch, message.index);
  }

  #each(
    rows: { first: Uint32Array; count: Uint32Array },
    visit: (task: Task, row: number, k: number) => void,
  ): void {
    for (let i = 0; i < rows.first.length; i++) {
      for (let k = 0; k < rows.count[i]!; k++) visit(this.tasks.get(rows.first[i]! + k)!, i, k);
    }
  }

  #isDone(task: Task): void {
    if ('errors' in task.expected) throw new Error(`task ${task.number} is done, but has to fail`);
    task.told = 'done';
  }

  #isFailed(task: Task, error: string): void {
    const may = ['worker-died', 'data-lost', 'cancelled'];
    const ok = may.includes(error) || ('errors' in task.expected && task.expected.errors.includes(error));
    if (!ok) throw new Error(`task ${task.number} failed with ${error}`);
    task.told = 'failed';
  }

  #came(task: Task, value: number): void {
    if (!('value' in task.expected) || task.expected.value !== value)
      throw new Error(`task ${task.number} came as ${value}`);
    task.value = value;
  }

  #locate(task: Task, holder: number, key: string): void {
    const value = this.workers.get(holder)?.store.get(key);
    if (value !== undefined) this.#came(task, value);
    else if (task.held) this.want(task.number, 1);
  }

  #put(tasks: Uint32Array, workers: Uint32Array, batches: Uint32Array, indexes: Uint32Array): void {
    tasks.forEach((number, i) => {
      const worker = this.workers.get(workers[i]!);
      const task = this.tasks.get(number)!;
      if (!worker || !('value' in task.expected)) return;
      worker.store.set(`${batches[i]}/${indexes[i]}`, task.expected.value);
      const row = {
        batch: Uint32Array.of(batches[i]!),
        first: Uint32Array.of(indexes[i]!),
        count: Uint32Array.of(1),
      };
      const message = {
        op: 'finished' as const,
        ...row,
        run: Uint32Array.of(0),
        bytes: Uint32Array.of(4),
        micros: Uint32Array.of(0),
        inline: Uint32Array.of(0),
        sections: [new Uint8Array(0)],
      };
      this.#link(`from-${worker.number}`, () => this.deliver(fromWorker(worker.number, message)));
    });
  }
}

function fresh(number: number) {
  return { number, held: true, wanted: false, cancelled: false, told: 'pending' as const, value: undefined };
}

function range({ first, count }: { first: number; count: number }): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function head(first: number, count: number, name: string, options: BatchHead['options']): BatchHead {
  return { first, count, fn: { name, graph: String(first), sources: [] }, options };
}

function starts(rows: readonly unknown[][]): Uint32Array {
  const out = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    out[i + 1] = out[i]! + row.length;
  });
  return out;
}

const EVENTS = {
  finished: 'finished',
  erred: 'erred',
  'handed-back': 'handed-back',
  'input-missing': 'input-missing',
  data: 'data-came',
} as const;

function fromWorker(worker: number, message: HotMessage): Event {
  return { on: EVENTS[message.op as keyof typeof EVENTS], worker, message } as Event;
}
