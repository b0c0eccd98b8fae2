/**
 * A worker: the real core, in a shell that does by chance what the real one does with threads, timers and sockets. What the core says
 * is carried out as the real shell does (agent.ts): in order, and what happens at once while it is carried out comes behind.
 */
import type { Message } from '@taskloom/protocol';
import { Interned } from '@taskloom/protocol';
import {
  blockAt, type Command, check, type Event, type State, start, step, type ThreadOrder, wantsTicks,
} from '../../worker/src/core/index.ts'; // biome-ignore format: a list of names
import { type Made, type Outcome, PlayedThread } from '../../worker/src/testing/played-thread.ts';
import type { Random } from '../../worker/src/testing/random.ts';
import { type Defaults, eventOf } from '../../worker/src/translate.ts';
import type { Block, Cluster } from './cluster.ts';
import { bytesOf, errorOf, kindOf, resultOf, throws, valueAt } from './plan.ts';

interface Fetch {
  readonly batch: number;
  readonly index: number;
  readonly holder: number;
}

/** The tasks whose values each row of arguments names. */
const argumentsIn = new Interned((bytes) => JSON.parse(Buffer.from(bytes).toString()) as number[][]);

export class PlayedWorker {
  readonly number: number;
  readonly name: string;
  readonly state: State;
  readonly #defaults: Defaults;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #send: (message: Message) => void;
  readonly #threads = new Map<number, PlayedThread>();
  readonly #code = new Set<string>();
  #peers = new Set<number>();
  #fetches: Fetch[] = [];
  #commands: Command[] = [];
  #isCarryingOut = false;

  constructor(about: { number: number; name: string; threads: number } & Defaults, cluster: Cluster) {
    this.number = about.number;
    this.name = about.name;
    this.#defaults = { concurrency: about.concurrency };
    this.#cluster = cluster;
    this.#random = cluster.random;
    this.#send = (message) => cluster.fromWorker(this.number, message);
    const { name, threads } = about;
    const encodeFailure = ({ is }: { is: string }) => new Uint8Array(Buffer.from(is));
    const settings = { name, threads, copyBytes: 64, aheadMicros: 16_000, encodeFailure };
    this.state = start(settings, this.#commands);
    this.#carryOut();
  }

  receive(messages: readonly Message[]): void {
    this.#isCarryingOut = true;
    for (const message of messages) this.#hear(message);
    this.#isCarryingOut = false;
    this.#carryOut();
  }

  /** What the data door gives. */
  block(batch: number, index: number): Block | undefined {
    return blockAt(this.state, batch, index);
  }

  put(batch: number, index: number, content: Uint8Array): void {
    this.#happen({ on: 'put', now: this.#now, batch, index, content });
  }

  /** Says that it is alive, and what it runs. */
  beat(): void {
    const running: [number, number, number, number][] = [];
    for (const [number, thread] of this.#threads) {
      const orders = this.state.threads.get(number)?.orders;
      for (const { order, index, ms } of thread.running(this.#now)) {
        const piece = orders?.get(order)?.piece;
        if (piece) running.push([piece.batch.order.batch, index, piece.run, ms]);
      }
    }
    this.#send({ op: 'heartbeat', storeBytes: this.state.storeBytes, running });
  }

  /** A thread ends of itself, whatever it runs. */
  loseThread(): void {
    const alive = [...this.#threads.values()].filter(({ phase }) => phase === 'started');
    if (alive.length === 0) return;
    this.#cluster.upheaval.threadDeaths++;
    this.#exit(this.#random.pick(alive));
  }

  /** Hashes of code. */
  get code(): ReadonlySet<string> {
    return this.#code;
  }

  get isIdle(): boolean {
    return [...this.#threads.values()].every(({ isIdle }) => isIdle);
  }

  /** All that could happen here next. */
  moves(): (() => void)[] {
    const moves = [...this.#threads.values()].flatMap((thread) => this.#movesOf(thread));
    if (this.#fetches.length > 0) moves.push(() => this.#answerFetch());
    if (wantsTicks(this.state)) moves.push(() => this.#tick());
    return moves;
  }

  get #now(): number {
    return this.#cluster.now;
  }

  #movesOf(thread: PlayedThread): (() => void)[] {
    if (thread.phase === 'starting') return [() => this.#started(thread)];
    const moves: (() => void)[] = [];
    if (thread.phase === 'dying') moves.push(() => this.#exit(thread));
    if (thread.canBegin) moves.push(() => this.#begin(thread));
    if (thread.ending.length > 0) moves.push(() => thread.end(this.#random.pick(thread.ending)));
    if (thread.canPost) moves.push(() => thread.post());
    if (thread.hasPosted) moves.push(() => this.#hearNews(thread));
    return moves;
  }

  #started(thread: PlayedThread): void {
    thread.phase = 'started';
    this.#happen({ on: 'thread-started', now: this.#now, thread: thread.number });
  }

  /** What is short is done in one go. */
  #begin(thread: PlayedThread): void {
    for (let left = 1 + this.#random.int(8); left > 0 && thread.canBegin; left--) {
      thread.begin(this.#now);
      const [place] = thread.ending;
      if (place !== undefined && left > 1) thread.end(place);
    }
  }

  #hearNews(thread: PlayedThread): void {
    const report = thread.hear();
    const credit = this.#random.chance(0.8);
    if (report)
      this.#happen({ on: 'thread-reported', now: this.#now, thread: thread.number, credit, report });
  }

  #exit(thread: PlayedThread): void {
    while (thread.hasPosted) this.#hearNews(thread);
    this.#threads.delete(thread.number);
    const running = thread.running(this.#now);
    this.#happen({ on: 'thread-exited', now: this.#now, thread: thread.number, reason: 'chance', running });
  }

  #tick(): void {
    const threads = [...this.#threads].map(([thread, played]) => ({
      thread,
      running: played.running(this.#now),
    }));
    this.#happen({ on: 'ticked', now: this.#now, threads });
  }

  #answerFetch(): void {
    const place = this.#random.int(this.#fetches.length);
    const { batch, index, holder } = this.#fetches.splice(place, 1)[0]!;
    const block = this.#peers.has(holder) ? this.#cluster.fetchFrom(holder, batch, index) : undefined;
    if (!block)
      return this.#happen({ on: 'fetch-failed', now: this.#now, batch, index, reason: 'it is not there' });
    const { first, count, content } = block;
    this.#happen({ on: 'fetched', now: this.#now, batch, index, first, count, content });
  }

  #hear(message: Message): void {
    if (message.op === 'code') this.#hearOfCode(message.sections);
    else if (message.op === 'workers') this.#peers = new Set(message.workers.map(({ worker }) => worker));
    else if (message.op === 'leave') this.#happen({ on: 'leave', now: this.#now });
    else {
      const event = eventOf(message, this.#now, this.#defaults);
      if (!event) throw new Error(`worker ${this.number} was told ${message.op}`);
      this.#happen(event);
    }
  }

  #hearOfCode([name, bytes]: readonly Uint8Array[]): void {
    const hash = Buffer.from(name!).toString();
    if (bytes!.length > 0) this.#code.add(hash);
    else if (!this.#code.delete(hash))
      throw new Error(`worker ${this.number} is to forget the code ${hash}, which it has not`);
  }

  #happen(event: Event): void {
    step(this.state, event, this.#commands);
    check(this.state);
    this.#carryOut();
  }

  #carryOut(): void {
    if (this.#isCarryingOut) return;
    this.#isCarryingOut = true;
    for (let i = 0; i < this.#commands.length; i++) this.#do(this.#commands[i]!);
    this.#commands = [];
    this.#isCarryingOut = false;
  }

  #do(command: Command): void {
    if (command.do === 'send') return this.#send(command.message);
    if (command.do === 'fetch-input') return void this.#fetches.push(command);
    if (command.do === 'leave') return this.#cluster.left(this.number);
    if (!('thread' in command)) return;
    if (command.do === 'start-thread')
      return void this.#threads.set(command.thread, new PlayedThread(command.thread, this.#perform));
    const thread = this.#threads.get(command.thread);
    if (!thread) throw new Error(`thread ${command.thread} is not there to ${command.do}`);
    if (command.do === 'thread-run') thread.give(command.orders, false);
    else if (command.do === 'terminate-thread') thread.phase = 'dying';
    else
      this.#happen({
        on: 'thread-withdrawn',
        now: this.#now,
        thread: thread.number,
        ...thread.withdraw(this.#now),
      });
  }

  readonly #perform = (order: ThreadOrder, index: number, made: Made): Outcome => {
    const { graph, sources, name } = order.fn.ref;
    for (const hash of [graph, ...sources])
      if (!this.#code.has(hash)) throw new Error(`worker ${this.number} lacks the code ${hash}`);
    const inputs: number[] = [];
    for (const task of this.#needs(order, index)) {
      const input = inputOf(order, task, made);
      if (input === undefined) return { is: 'lacking' };
      inputs.push(input);
    }
    this.#cluster.began(`${order.batch}/${index}, attempt ${order.attempt}`);
    const part = { ...kindOf(name), index };
    if (part.kind === 'stuck') return { is: 'hanging' };
    if (throws(part, order.attempt))
      return { is: 'erred', why: 'threw', error: new Uint8Array(Buffer.from(errorOf(part))) };
    const content = bytesOf(resultOf(part, inputs), part.large);
    return { is: 'made', content, micros: this.#random.pick([1, 30, 900, 5_000]) };
  };

  #needs({ args, batch }: ThreadOrder, index: number): readonly number[] {
    if (args.length === 0) return [];
    const block = args.find(({ first, rows }) => first <= index && index < first + rows);
    if (!block) throw new Error(`worker ${this.number} lacks the arguments of ${batch}/${index}`);
    return argumentsIn.of(block.content)[index - block.first]!;
  }
}

/** The value of a task as the order says where it is; undefined when it is not on this thread, though it says so. */
function inputOf({ inputs, batch }: ThreadOrder, task: number, made: Made): number | undefined {
  const input = inputs.find((one) => one.task <= task && task < one.task + one.count);
  if (!input) throw new Error(`the order of batch ${batch} does not say where the value of task ${task} is`);
  const row = input.index + task - input.task;
  if (input.block) return valueAt(input.block.content, row);
  const content = made(input.batch, row);
  return content && valueAt(content, 0);
}
