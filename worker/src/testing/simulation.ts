/**
 * A worker's core with threads, peers and a scheduler made of chance, from a seed. The scheduler sends what a scheduler may
 * send; the threads keep to what threads promise. At the end every task that was sent has had exactly one end.
 */
import { ErredWhy, type Message } from '@taskloom/protocol';
import {
  type Command,
  check,
  type Event,
  type RunColumns,
  type State,
  start,
  step,
  type ThreadOrder,
} from '../core/index.ts';
import { type Made, type Outcome, PlayedThread } from './played-thread.ts';
import { type Random, random } from './random.ts';

type End = 'sent' | 'finished' | 'erred' | 'handed back' | 'input missing' | 'stopping';

interface SimTask {
  readonly batch: number;
  readonly index: number;
  readonly run: number;
  readonly inputs: readonly { batch: number; index: number }[];
}

const BATCH_TASKS = 24;
const ELSEWHERE = 9;

export class Simulation {
  readonly state: State;
  readonly ends = new Map<string, End>();
  readonly log: string[] = [];
  readonly #random: Random;
  readonly #threads = new Map<number, PlayedThread>();
  readonly #tasks = new Map<string, SimTask>();
  readonly #held = new Set<string>();
  readonly #fetches: { batch: number; index: number }[] = [];
  #commands: Command[] = [];
  #batches = 0;
  #runs = 0;
  #now = 0;

  constructor(seed: number) {
    this.#random = random(seed);
    const threads = 1 + this.#below(3);
    this.state = start(
      { name: 'sim', threads, copyBytes: 64, encodeFailure: () => new Uint8Array(1) },
      this.#commands,
    );
    this.#drain();
  }

  run(steps: number): void {
    for (let i = 0; i < steps; i++) this.#chance();
  }

  /** Lets everything come to its end. */
  settle(): void {
    for (let i = 0; i < 20_000 && this.#busy(); i++) this.#progress(false);
    if (this.#busy()) throw new Error('it does not come to an end');
  }

  open(): string[] {
    return [...this.ends].filter(([, end]) => end === 'sent').map(([key]) => key);
  }

  #busy(): boolean {
    if (this.#fetches.length > 0 || this.state.pieces.size > 0) return true;
    return [...this.#threads.values()].some((thread) => thread.phase !== 'started' || thread.isBusy);
  }

  #chance(): void {
    const dice = this.#below(100);
    if (dice < 22) this.#sendWork();
    else if (dice < 26) this.#recall('take-back');
    else if (dice < 29) this.#recall('stop');
    else if (dice < 32) this.#drop();
    else if (dice < 36) this.#tick();
    else this.#progress(true);
  }

  /** Something that goes on by itself. */
  #progress(mayDie: boolean): void {
    const threads = [...this.#threads.values()];
    const fetch = this.#below(4) === 0 ? this.#fetches.shift() : undefined;
    if (fetch) return this.#answer(fetch);
    const thread = threads[this.#below(threads.length)];
    if (!thread) return;
    if (thread.phase === 'starting') {
      thread.phase = 'started';
      this.#happen({ on: 'thread-started', now: 0, thread: thread.number });
    } else if (thread.phase === 'dying' ? this.#below(3) === 0 : mayDie && this.#below(40) === 0)
      this.#exit(thread);
    else this.#work(thread);
    if (threads.every(({ isBusy }) => !isBusy) && this.#fetches[0]) this.#answer(this.#fetches.shift()!);
  }

  #sendWork(): void {
    const isNew = this.#batches === 0 || this.#below(3) > 0;
    const batch = isNew ? ++this.#batches : 1 + this.#below(this.#batches);
    const first = this.#below(BATCH_TASKS);
    let count = this.#below(3) === 0 ? 1 : 1 + this.#below(BATCH_TASKS - first);
    const free = (index: number) => {
      const end = this.ends.get(this.#latest(batch, index));
      return (
        (end === undefined || end === 'handed back' || end === 'input missing' || end === 'erred') &&
        !this.#held.has(`${batch}/${index}`)
      );
    };
    for (let index = first; index < first + count; index++) if (!free(index)) count = index - first;
    if (count <= 0) return;
    const inputs = this.#inputs(batch);
    // A chain within one batch.
    if (count === 1 && first > 0 && this.#isHere(batch, first - 1))
      inputs.push({ batch, index: first - 1, count: 1, holder: 0 });
    const run = ++this.#runs;
    for (let index = first; index < first + count; index++) {
      const key = `${batch}/${index}/${run}`;
      this.#tasks.set(key, { batch, index, run, inputs: inputs.flatMap((input) => spread(input)) });
      this.#newest.set(`${batch}/${index}`, key);
      this.ends.set(key, 'sent');
    }
    const column = (of: (input: (typeof inputs)[number]) => number) => Uint32Array.from(inputs, of);
    const one = (value: number) => Uint32Array.of(value);
    const message: RunColumns = {
      op: 'run', batch: one(batch), first: one(first), count: one(count), run: one(run), attempt: one(0),
      inputStart: Uint32Array.of(0, inputs.length),
      task: column(({ batch, index }) => batch * 1_000 + index),
      inputCount: column(({ count }) => count),
      from: column(({ batch }) => batch),
      index: column(({ index }) => index),
      holder: column(({ holder }) => holder),
      blockBatch: one(0).subarray(1), blockFirst: one(0).subarray(1), blockRows: one(0).subarray(1),
      sections: [new Uint8Array(0)],
    }; // biome-ignore format: columns
    const fn = { name: 'f', graph: `g${batch % 3}`, sources: [] };
    const concurrency = batch % 4 === 0 ? 3 : 1;
    const order = { batch, fn, concurrency, ...(batch % 5 === 0 && { timeoutMs: 50 }) };
    this.#happen({ on: 'run', now: 0, message, orders: this.state.batches.has(batch) ? [] : [order] });
  }

  readonly #newest = new Map<string, string>();

  #latest(batch: number, index: number): string {
    return this.#newest.get(`${batch}/${index}`) ?? '';
  }

  #isHere(batch: number, index: number): boolean {
    return this.#held.has(`${batch}/${index}`) || this.ends.get(this.#latest(batch, index)) === 'sent';
  }

  /** Inputs that are here, are being made here, or are elsewhere. A batch needs earlier ones only. */
  #inputs(batch: number) {
    const inputs: { batch: number; index: number; count: number; holder: number }[] = [];
    for (let i = this.#below(3); i > 0 && batch > 1; i--) {
      const from = Math.max(1, batch - 1 - this.#below(4));
      let index = this.#below(BATCH_TASKS);
      for (let tries = 0; tries < 12 && !this.#isHere(from, index); tries++) index = this.#below(BATCH_TASKS);
      let count = 1 + this.#below(4);
      if (this.#isHere(from, index)) {
        for (let at = 1; at < count; at++) if (!this.#isHere(from, index + at)) count = at;
        inputs.push({ batch: from, index, count, holder: 0 });
      } else if (this.#below(3) === 0) inputs.push({ batch: 1_000 + from, index, count, holder: ELSEWHERE });
    }
    return inputs;
  }

  #recall(op: 'take-back' | 'stop'): void {
    if (this.#batches === 0) return;
    const batch = 1 + this.#below(this.#batches);
    const first = this.#below(BATCH_TASKS);
    const key = this.#latest(batch, first);
    const run = this.#tasks.get(key)?.run;
    if (run === undefined || this.ends.get(key) !== 'sent') return;
    let count = 1;
    while (this.ends.get(`${batch}/${first + count}/${run}`) === 'sent') count++;
    if (op === 'stop')
      for (let i = 0; i < count; i++) this.ends.set(`${batch}/${first + i}/${run}`, 'stopping');
    const one = (value: number) => Uint32Array.of(value);
    const rows = { batch: one(batch), first: one(first), count: one(count), run: one(run), sections: [] };
    if (op === 'stop') this.#happen({ on: op, now: 0, message: { op, ...rows } });
    else this.#happen({ on: op, now: 0, message: { op, ...rows } });
  }

  #drop(): void {
    for (const held of this.#held) {
      if (this.#below(4) > 0) continue;
      const [batch, index] = held.split('/').map(Number) as [number, number];
      const needed = [...this.ends].some(([key, end]) => {
        return (
          (end === 'sent' || end === 'stopping') &&
          this.#tasks.get(key)!.inputs.some((input) => input.batch === batch && input.index === index)
        );
      });
      if (needed) continue;
      this.#held.delete(held);
      const one = (value: number) => Uint32Array.of(value);
      return this.#happen({
        on: 'drop',
        now: 0,
        message: { op: 'drop', batch: one(batch), first: one(index), count: one(1), sections: [] },
      });
    }
  }

  #tick(): void {
    const threads = [...this.#threads.values()].map((thread) => ({
      thread: thread.number,
      running: thread.running(this.#below(80)),
    }));
    this.#happen({ on: 'ticked', now: 0, threads });
  }

  #answer({ batch, index }: { batch: number; index: number }): void {
    if (this.#below(5) === 0)
      return this.#happen({ on: 'fetch-failed', now: 0, batch, index, reason: 'chance' });
    const first = Math.max(0, index - this.#below(2));
    const count = index - first + 1 + this.#below(2);
    this.#happen({ on: 'fetched', now: 0, batch, index, first, count, content: new Uint8Array(24) });
  }

  #work(thread: PlayedThread): void {
    const dice = this.#below(4);
    if (dice === 0 && thread.canBegin) thread.begin(0);
    else if (dice === 1 && thread.ending.length > 0) thread.end(this.#random.pick(thread.ending));
    else if (dice === 2 && thread.canPost) thread.post();
    else this.#hearNews(thread);
  }

  #hearNews(thread: PlayedThread): void {
    const report = thread.hear();
    if (report) this.#happen({ on: 'thread-reported', now: 0, thread: thread.number, credit: true, report });
  }

  /** What comes of a task: it lacks an input that was to be made on its thread, or chance decides. */
  readonly #perform = (order: ThreadOrder, _index: number, made: Made): Outcome => {
    for (const { block, batch, index, count } of order.inputs) {
      for (let at = index; at < index + count && !block; at++) if (!made(batch, at)) return { is: 'lacking' };
    }
    if (this.#below(8) === 0) return { is: 'erred', why: 'threw', error: new Uint8Array(1) };
    return { is: 'made', content: new Uint8Array(8), micros: this.#random.pick([1, 30, 900, 5_000]) };
  };

  #exit(thread: PlayedThread): void {
    while (thread.hasPosted) this.#hearNews(thread);
    this.#threads.delete(thread.number);
    const running = thread.running(1);
    this.#happen({ on: 'thread-exited', now: 0, thread: thread.number, reason: 'chance', running });
  }

  #happen(event: Event): void {
    this.log.push(
      JSON.stringify(event, (_, value) =>
        ArrayBuffer.isView(value) ? [...(value as Uint8Array)].join() : value,
      ),
    );
    step(this.state, { ...event, now: ++this.#now }, this.#commands);
    check(this.state);
    this.#drain();
  }

  #drain(): void {
    for (let command = this.#commands.shift(); command !== undefined; command = this.#commands.shift())
      this.#do(command);
  }

  #do(command: Command): void {
    const thread = 'thread' in command ? this.#threads.get(command.thread) : undefined;
    if (command.do === 'start-thread') {
      const { thread: number } = command;
      this.#threads.set(number, new PlayedThread(number, this.#perform));
    } else if (command.do === 'thread-run') {
      thread!.give(command.orders, true);
    } else if (command.do === 'withdraw') {
      this.#happen({ on: 'thread-withdrawn', now: 0, thread: command.thread, ...thread!.withdraw(1) });
    } else if (command.do === 'terminate-thread') thread!.phase = 'dying';
    else if (command.do === 'fetch-input') {
      if (command.holder !== ELSEWHERE) throw new Error('asked the wrong worker');
      this.#fetches.push({ batch: command.batch, index: command.index });
    } else if (command.do === 'send') this.#hear(command.message);
  }

  #hear(message: Message): void {
    if (!('batch' in message) || !('run' in message) || !('count' in message)) return;
    const end = ENDS[message.op];
    if (!end) return;
    message.batch.forEach((batch, row) => {
      for (let i = 0; i < message.count[row]!; i++) {
        const index = message.first[row]! + i;
        const key = `${batch}/${index}/${message.run[row]}`;
        const before = this.ends.get(key);
        if (end === 'finished') this.#held.add(`${batch}/${index}`);
        if (message.op === 'erred' && message.why[row] === ErredWhy.timedOut && batch % 5 !== 0)
          throw new Error('timed out without a timeout');
        if (before === 'stopping') continue;
        if (before !== 'sent') throw new Error(`${key} is ${end} after it was ${before}`);
        this.ends.set(key, end);
      }
    });
  }

  #below(count: number): number {
    return this.#random.int(count);
  }
}

const ENDS: Partial<Record<Message['op'], End>> = {
  finished: 'finished',
  erred: 'erred',
  'handed-back': 'handed back',
  'input-missing': 'input missing',
};

function spread({ batch, index, count }: { batch: number; index: number; count: number }) {
  return Array.from({ length: count }, (_, i) => ({ batch, index: index + i }));
}
