/**
 * The shell of a client's session: messages and calls become events of the core, its commands become messages and settled
 * futures. Decides nothing; keeps what the core must not know (connection, decoded values, errors).
 */
import type { HotMessage, Message } from '@taskloom/protocol';
import type { Connection } from '@taskloom/protocol/connection';
import { decodeBlock, decodeError, type EncodeHooks, FUTURE, FUTURES } from '@taskloom/protocol/values';
import { Answers } from './answers.ts';
import type { FuturesHooks, Met } from './batch.ts';
import { Calls } from './calls.ts';
import type { Command, Event, Place } from './core/events.ts';
import { type Kept, Phase, phaseOf } from './core/ledger.ts';
import { errorOf, newSession, type SessionState, step } from './core/session.ts';
import { type Watch, watchOf } from './core/watch.ts';
import type { DataDoors } from './door/port.ts';
import { ClientError } from './errors.ts';
import { Fetching } from './fetching.ts';
import { type FutureHome, type FutureStatus, HOME, released } from './future.ts';
import { Handles } from './handles.ts';
import { lostError } from './lost.ts';
import { Outgoing } from './outgoing.ts';
import { type Output, showOutput } from './output.ts';
import { Packages } from './packages.ts';
import { leave, stay, staying } from './staying.ts';
import { Uploads } from './uploads.ts';
import { Workers } from './workers.ts';

/** Values that came beside those wanted are kept up to this, so that reading a list one by one is not a request each. */
const KEEP_BYTES = 32 * 1024 * 1024;

export type Told =
  | { readonly is: 'values'; readonly first: number; readonly count: number; readonly values: readonly unknown[]; readonly at: number }
  | { readonly is: 'failed'; readonly first: number; readonly count: number; readonly error: Error }
  | { readonly is: 'settled' | 'missed'; readonly first: number; readonly count: number }
  | { readonly is: 'gave-up'; readonly error: Error }; // biome-ignore format: one a line
export type Waiter = (told: Told) => void;

/** A connection that was introduced, and what it has learned. */
export interface Dialled {
  readonly connection: Connection;
  readonly early: readonly Message[];
  readonly doors: DataDoors;
}

export interface SessionOptions {
  readonly output: Output;
  /** Told when the connection was cut off and is looked for, and when it was found again; the session goes on meanwhile. */
  readonly attached?: ((on: boolean) => void) | undefined;
  /** What to do when the scheduler is gone; what helps with one that is looked after elsewhere unless said. */
  readonly gone?: string | undefined;
}

type Commands = { readonly [K in Command['do']]: (command: Extract<Command, { do: K }>) => void };
type Heard = { readonly [M in Message as M['op']]?: (message: M) => void };

export class Session implements FutureHome, FuturesHooks {
  readonly calls: Calls;
  readonly workers = new Workers();
  readonly answers: Answers;
  readonly uploads: Uploads;
  readonly packages: Packages;
  readonly handles: Handles;
  /** Hooks for capturing functions: the codec lists the futures itself, here they are only checked. */
  readonly capturing: EncodeHooks;
  /** Settles when the connection is made. A failure is also told to everyone who waits for anything. */
  readonly opened: Promise<void>;
  readonly address: string;
  /** Called when news of any kind came: what has changed they look up. */
  readonly listeners = new Set<() => void>();
  readonly #outgoing: Outgoing;
  readonly #state: SessionState = newSession(KEEP_BYTES);
  readonly #output: Output;
  readonly #attached: SessionOptions['attached'];
  readonly #gone: SessionOptions['gone'];
  readonly #errors = new WeakMap<Uint8Array, Error>();
  #connection: Connection | undefined;
  #fetching: Fetching | undefined;
  #doors: DataDoors | undefined;
  #lost: Error | undefined;
  #isWatched = false;

  constructor(address: string, dialled: Promise<Dialled>, { output, attached, gone }: SessionOptions) {
    this.address = address;
    this.#output = output;
    this.#attached = attached;
    this.#gone = gone;
    this.calls = new Calls(this);
    this.capturing = this.hooks(() => {});
    this.#outgoing = new Outgoing(this.calls);
    this.answers = new Answers((ask) => this.#outgoing.say(ask));
    this.packages = new Packages((packages) => this.answers.ask('packages', { packages }));
    this.uploads = new Uploads(this.workers, (task, error) => this.#undelivered(task, error));
    this.handles = new Handles((first, count) => this.release(first, count));
    this.opened = dialled.then(
      (made) => this.#open(made),
      (reason) => {
        throw this.#lose(reason);
      },
    );
    staying(this.opened).catch(() => {});
  }

  /** Throws when there is no connection any more. */
  assertOpen(): void {
    if (this.#lost) throw this.#lost;
  }

  /** Tasks numbered by `calls` are there from now on; they leave at the end of this turn. */
  submitted(first: number, count: number): void {
    this.#step({ on: 'minted', first, count });
    this.#outgoing.schedule();
  }

  say(message: Message): void {
    this.#outgoing.say(message);
  }

  watchValue(task: number, waiter: Waiter): void {
    this.watch(watchOf('value', task, 1, waiter));
  }

  watchOutcome(task: number, waiter: Waiter): void {
    this.watch(watchOf('outcome', task, 1, waiter));
  }

  watch(watch: Watch): void {
    this.#step({ on: 'watched', watch });
  }

  unwatch(watch: Watch): void {
    this.#step({ on: 'unwatched', watch });
  }

  statusOf(task: number): FutureStatus {
    const phase = phaseOf(this.#state.ledger, task);
    if (phase === Phase.none) return 'released';
    if (phase === Phase.done) return 'done';
    if (phase === Phase.failed) return isCancelled(this.errorOf(task)) ? 'cancelled' : 'failed';
    return this.#lost ? 'lost' : 'pending';
  }

  errorOf(task: number): Error | undefined {
    const bytes = errorOf(this.#state, task);
    return bytes && this.#errorFrom(bytes);
  }

  cancel(first: number, count: number): void {
    if (this.#lost) return;
    this.#outgoing.cancels.add(first, count);
    this.#outgoing.schedule();
  }

  release(first: number, count: number): void {
    this.#step({ on: 'released', first, count });
  }

  releaseHandle(handle: object, first: number, count: number): void {
    this.handles.remove(handle);
    this.release(first, count);
  }

  close(): void {
    this.#connection?.close('closed', 'the client was closed');
    this.#lose(new ClientError('closed', 'this client was closed: connect a new one'));
  }

  /** Hooks for encoding a value in which futures of this session may stand. */
  hooks(met: Met): EncodeHooks {
    return {
      future: (future, row) => {
        this.assertUsable(future, future[FUTURE]);
        met(row, future[FUTURE], 1);
      },
      futures: (futures, row) => {
        const { first, count } = futures[FUTURES];
        this.assertUsable(futures, first, count);
        if (count > 0) met(row, first, count);
      },
    };
  }

  /** Throws when this future or list is another session's, or released. */
  assertUsable(handle: object, task: number, count = 1): void {
    const { [HOME]: home, name = 'a task' } = handle as { [HOME]?: unknown; name?: string };
    if (home !== this) {
      throw new ClientError(
        'foreign-future',
        `the future of ${name} belongs to another client: await it and pass its value`,
      );
    }
    if (count > 0 && phaseOf(this.#state.ledger, task) === Phase.none) throw released(name);
  }

  #open({ connection, early, doors }: Dialled): void {
    if (this.#lost) {
      doors.close();
      return connection.close();
    }
    this.#connection = connection;
    this.#doors = doors;
    this.#fetching = new Fetching(this.workers, doors);
    this.uploads.open(doors);
    this.#hear(early);
    connection.open({
      messages: (messages) => this.#hear(messages),
      writable: () => this.#outgoing.pump(),
      attached: (on) => this.#attached?.(on),
      closed: (reason) => this.#lose(reason),
    });
    this.#outgoing.open(connection);
  }

  #lose(reason: unknown): Error {
    if (this.#lost) return this.#lost;
    this.#lost = lostError(reason, this.address, this.#gone);
    this.#outgoing.stop();
    this.#doors?.close();
    this.workers.lose(this.#lost);
    this.answers.lose(this.#lost);
    this.#step({ on: 'lost' });
    return this.#lost;
  }

  // -------------------------------------------------------------------------------------------------- what is heard

  #hear(messages: readonly Message[]): void {
    for (const message of messages)
      (this.#heard[message.op] as ((message: Message) => void) | undefined)?.(message);
    for (const look of this.listeners) look();
  }

  readonly #heard: Heard = {
    done: (rows) => {
      this.#forgetUploads(rows);
      this.#step({ on: 'done', rows });
    },
    undone: (rows) => this.#step({ on: 'undone', rows }),
    results: (rows) => this.#step({ on: 'results', rows }),
    located: (rows) => this.#step({ on: 'located', rows }),
    failed: (rows) => {
      this.#forgetUploads(rows);
      this.#step({ on: 'failed', rows });
    },
    put: (message) => this.uploads.put(message),
    workers: ({ workers }) => {
      for (const worker of this.workers.told(workers)) this.#doors?.gone?.(worker);
      this.packages.workersChanged();
    },
    output: (message) => showOutput(this.#output, message),
    answer: (message) => this.answers.answered(message),
    refused: ({ message }) => this.#lose(new ClientError('connection-lost', message)),
  };

  #forgetUploads(rows: Extract<HotMessage, { op: 'done' | 'failed' }>): void {
    for (let row = 0; row < rows.first.length; row++) this.uploads.forget(rows.first[row]!, rows.count[row]!);
  }

  // -------------------------------------------------------------------------------------------- what the core commands

  #step(event: Event): void {
    const commands: Command[] = [];
    step(this.#state, event, commands);
    this.#stayWhileWatched();
    for (const command of commands) (this.#commands[command.do] as (command: Command) => void)(command);
  }

  #stayWhileWatched(): void {
    const isWatched = this.#state.watches.size > 0;
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    if (isWatched) stay();
    else leave();
  }

  readonly #commands: Commands = {
    want: ({ first, count }) => {
      this.#outgoing.wants.add(first, count);
      this.#outgoing.schedule();
    },
    release: ({ first, count }) => {
      this.#outgoing.releases.add(first, count);
      this.#outgoing.schedule();
    },
    deliver: ({ watch, first, count, block }) => {
      const values = this.#valuesOf(block);
      if (values instanceof ClientError) tell(watch, { is: 'gave-up', error: values });
      else tell(watch, { is: 'values', first, count, values, at: first - block.first });
    },
    fail: ({ watch, first, count, error }) =>
      tell(watch, { is: 'failed', first, count, error: this.#errorFrom(error) }),
    settle: ({ watch, first, count }) => tell(watch, { is: 'settled', first, count }),
    miss: ({ watch, first, count }) => tell(watch, { is: 'missed', first, count }),
    fetch: ({ first, count, place }) => this.#fetch(first, count, place),
    'give-up': ({ watch, error }) => tell(watch, { is: 'gave-up', error: error ?? (this.#lost as Error) }),
  };

  /** An error where they cannot be read: whoever asks is told, and what else came along goes its way. */
  #valuesOf(block: Kept): readonly unknown[] | ClientError {
    block.read ??= readable(() => decodeBlock(block.bytes));
    return block.read as readonly unknown[] | ClientError;
  }

  #errorFrom(bytes: Uint8Array): Error {
    let error = this.#errors.get(bytes);
    if (!error) {
      error = readable(() => decodeError(bytes));
      this.#errors.set(bytes, error);
    }
    return error;
  }

  /** What waits for it here is told why; what needs it elsewhere fails with it. */
  #undelivered(task: number, error: Error): void {
    this.#step({ on: 'given-up', first: task, count: 1, error });
    this.cancel(task, 1);
  }

  #fetch(first: number, count: number, place: Place): void {
    void this.#fetching?.fetch(first, place, {
      // It may hold more than was asked for.
      arrived: (block) =>
        this.#step({
          on: 'fetched',
          first: first + block.first - place.index,
          count: block.count,
          block: block.content,
        }),
      again: () => this.#step({ on: 'fetch-failed', first, count }),
      failed: (error) => this.#step({ on: 'given-up', first, count, error }),
    });
  }
}

function tell(watch: Watch, told: Told): void {
  (watch.sink as Waiter)(told);
}

function readable<T>(decode: () => T): T | ClientError {
  try {
    return decode();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new ClientError(
      'unreadable',
      `a task ended with what cannot be read here (${why}): have it return plain data, and use the same versions on both sides`,
      { cause },
    );
  }
}

function isCancelled(error: Error | undefined): boolean {
  return error?.name === 'CancelledError';
}
