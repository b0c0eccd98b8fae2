/** The shell of a worker: turns messages, threads and time into events, carries out commands, decides nothing. */
import { Limits, type Message } from '@taskloom/protocol';
import type { Connection } from '@taskloom/protocol/connection';
import {
  blockAt, type Command, type Event, hasTasks, type State, start, step, wantsTicks,
} from './core/index.ts'; // biome-ignore format: a list of names
import type { DoorStore } from './door/port.ts';
import { encodeFailure } from './failures.ts';
import type { Peers } from './peers.ts';
import type { Pool } from './threads/pool.ts';
import { type Defaults, eventOf } from './translate.ts';

/** How often the scheduler hears that this worker is alive, in milliseconds. */
const HEARTBEAT_MS = 500;
/** How often threads are looked at while a task may have to be stopped or moved. */
const TICK_MS = 10;
/** How often what busy threads have left is collected, in milliseconds. */
const COLLECT_MS = 50;
/** Results of other workers that are kept for later tasks, in bytes. */
const COPY_BYTES = 512 * 1024 * 1024;

export interface AgentOptions {
  readonly name: string;
  readonly threads: number;
  readonly defaults: Defaults;
  /** Everything is done, and the scheduler asked to leave; or, with a reason, nothing can be done. */
  readonly left: (reason?: string) => void;
}

/** How much there is of everything at this worker, and how much there has been. */
export interface Figures {
  readonly threads: number;
  readonly running: number;
  /** Results held, copies of other workers' results among them. */
  readonly storeBytes: number;
  readonly copyBytes: number;
  /** Function code and captured values. */
  readonly codeBytes: number;
  readonly finished: number;
  readonly erred: number;
  readonly fetched: number;
}

export class Agent implements DoorStore {
  readonly #options: AgentOptions;
  readonly #state: State;
  readonly #pool: Pool;
  #connection: Connection | undefined;
  #peers: Peers | undefined;
  #commands: Command[] = [];
  #running = false;
  #heart: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #collection: NodeJS.Timeout | undefined;
  #closed = false;

  /** Its threads may have started already; the scheduler comes later. */
  constructor(pool: Pool, options: AgentOptions) {
    this.#options = options;
    this.#pool = pool;
    const { name, threads } = options;
    pool.attach({
      started: (thread) => this.#happened({ on: 'thread-started', now: now(), thread }),
      reported: (thread, report) =>
        this.#happened({ on: 'thread-reported', now: now(), thread, report, credit: this.#credit }),
      wrote: (batch, index, stream, text) =>
        this.#happened({ on: 'wrote', now: now(), batch, index, stream, text, credit: this.#credit }),
      exited: (thread, reason, running) =>
        this.#happened({ on: 'thread-exited', now: now(), thread, reason, running }),
    });
    this.#state = start(
      { name, threads, encodeFailure: encodeFailure(name), copyBytes: COPY_BYTES },
      this.#commands,
    );
    this.#carryOut();
  }

  /** The scheduler knows this worker by this number from now on. */
  join(connection: Connection, number: number, peers: Peers): void {
    this.#connection = connection;
    this.#peers = peers;
    this.#pool.numbered(number);
    this.#heart = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    this.#carryOut();
  }

  /** What arrived together is handled together. */
  heard(messages: readonly Message[]): void {
    this.#running = true;
    for (const message of messages) this.#hear(message);
    this.#running = false;
    this.#carryOut();
  }

  figures(): Figures {
    const { storeBytes, copyBytes, counts, settings } = this.#state;
    const running = this.#pool.running().reduce((sum, each) => sum + each.running.length, 0);
    const { codeBytes } = this.#pool;
    return { ...counts, running, threads: settings.threads, storeBytes, copyBytes, codeBytes };
  }

  /** Asks the scheduler to be drained; it answers when this worker may go. */
  retire(): void {
    this.#connection?.send({ op: 'retiring' });
  }

  block(batch: number, index: number) {
    return blockAt(this.#state, batch, index);
  }

  put(batch: number, index: number, content: Uint8Array): void {
    this.#happened({ on: 'put', now: now(), batch, index, content });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heart);
    clearTimeout(this.#tick);
    clearTimeout(this.#collection);
    this.#peers?.close();
    await this.#pool.close();
  }

  get #credit(): boolean {
    return this.#connection?.writable ?? false;
  }

  #hear(message: Message): void {
    if (message.op === 'code') this.#keepCode(message.sections);
    else if (message.op === 'workers') this.#peers?.update(message.workers);
    else if (message.op === 'leave') this.#happened({ on: 'leave', now: now() });
    else {
      const event = eventOf(message, now(), this.#options.defaults);
      if (event) this.#happened(event);
    }
  }

  #keepCode([hash, bytes]: readonly Uint8Array[]): void {
    if (!hash || !bytes) return;
    const name = Buffer.from(hash).toString('latin1');
    if (bytes.length > 0) this.#pool.addCode(name, new Uint8Array(bytes));
    else this.#pool.forgetCode(name);
  }

  #happened(event: Event): void {
    if (this.#closed) return;
    step(this.#state, event, this.#commands);
    this.#carryOut();
  }

  /** Carrying out a command may make another event happen at once: its commands follow. */
  #carryOut(): void {
    if (this.#running) return;
    this.#running = true;
    for (let i = 0; i < this.#commands.length; i++) this.#do(this.#commands[i] as Command);
    this.#commands = [];
    this.#running = false;
    this.#pool.flush();
    if (this.#tick === undefined && wantsTicks(this.#state))
      this.#tick = setTimeout(() => this.#ticked(), TICK_MS).unref();
    if (this.#collection === undefined && hasTasks(this.#state))
      this.#collection = setTimeout(() => this.#collect(), COLLECT_MS).unref();
  }

  #do(command: Command): void {
    switch (command.do) {
      case 'send':
        return this.#connection?.send(command.message);
      case 'start-thread':
        return this.#pool.start(command.thread);
      case 'thread-run':
        return this.#pool.run(command.thread, command.orders);
      case 'withdraw':
        return this.#withdraw(command.thread);
      case 'terminate-thread':
        return this.#pool.terminate(command.thread);
      case 'fetch-input':
        return void this.#fetch(command);
      case 'forget':
        return this.#pool.forget(command.blocks);
      case 'leave':
        return this.#options.left();
      case 'give-up':
        return this.#options.left(command.reason);
    }
  }

  #withdraw(thread: number): void {
    const answer = this.#pool.withdraw(thread);
    if (answer) this.#happened({ on: 'thread-withdrawn', now: now(), thread, ...answer });
  }

  async #fetch({ batch, index, holder }: Extract<Command, { do: 'fetch-input' }>): Promise<void> {
    try {
      if (!this.#peers) throw new Error('no scheduler has said where the workers are');
      const { first, count, content } = await this.#peers.fetch(holder, batch, index);
      this.#happened({ on: 'fetched', now: now(), batch, index, first, count, content });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#happened({ on: 'fetch-failed', now: now(), batch, index, reason });
    }
  }

  #ticked(): void {
    this.#tick = undefined;
    this.#happened({ on: 'ticked', now: now(), threads: this.#pool.running() });
  }

  /** Reports are carried out one by one; whether threads go on being busy is asked after them. */
  #collect(): void {
    this.#collection = undefined;
    this.#pool.collect();
    this.#carryOut();
  }

  #beat(): void {
    const running: [number, number, number, number][] = [];
    for (const { thread, running: tasks } of this.#pool.running()) {
      const orders = this.#state.threads.get(thread)?.orders;
      for (const { order, index, ms } of tasks) {
        const piece = orders?.get(order)?.piece;
        if (piece && running.length < Limits.heartbeatTasks)
          running.push([piece.batch.order.batch, index, piece.run, ms]);
      }
    }
    this.#connection?.send({ op: 'heartbeat', storeBytes: this.#state.storeBytes, running });
    this.#pool.tidy();
  }
}

function now(): number {
  return performance.now();
}
