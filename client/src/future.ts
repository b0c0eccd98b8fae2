/** A task's result, there or still to come. */
import { FUTURE } from '@taskloom/protocol/values';
import { ClientError } from './errors.ts';
import type { Told } from './session.ts';

/** What a future needs of the session that made it. */
export interface FutureHome {
  statusOf(task: number): FutureStatus;
  watchValue(task: number, waiter: (told: Told) => void): void;
  watchOutcome(task: number, waiter: (told: Told) => void): void;
  errorOf(task: number): Error | undefined;
  cancel(first: number, count: number): void;
  releaseHandle(handle: object, first: number, count: number): void;
}

/** `pending` until the task has ended, well (`done`) or not (`failed`, `cancelled`); `lost` with the connection, before it had. */
export type FutureStatus = 'pending' | 'done' | 'failed' | 'cancelled' | 'released' | 'lost';

/** The session of a future, for those that must know whether it is theirs. */
export const HOME: unique symbol = Symbol('taskloom.home');

/** What `console.log` shows of an object. */
export const SHOWN: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

const nobodyListens = () => {};

/**
 * The result of a task, to be awaited, passed to other tasks (where it arrives as its value) or captured by them (where it
 * arrives as a Future with its value in it). When the last handle is gone the result is freed.
 *
 * @example
 * import { LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ inProcess: true });
 * const client = cluster.client();
 * const half = client.submit((x: number) => x / 2, 42);
 * const answer = client.submit((a: number, b: number) => a + b, half, 21);
 * console.log(await answer, answer.status); // 42 done
 */
export class Future<T> implements PromiseLike<T> {
  /** The task's number in its session. */
  readonly [FUTURE]: number;
  readonly [HOME]: FutureHome;
  /** The name of the function. */
  readonly name: string;
  /** What keeps the task while this handle lives: the list it is from. */
  readonly #owner: object | undefined;
  #promise: Promise<T> | undefined;
  #value: { readonly is: T } | undefined;

  /** Made by a client, see `Client.submit`. */
  constructor(home: FutureHome, task: number, name: string, owner?: object) {
    this[FUTURE] = task;
    this[HOME] = home;
    this.name = name;
    this.#owner = owner;
  }

  /** Where the task stands, as far as this client has heard. */
  get status(): FutureStatus {
    return this[HOME].statusOf(this[FUTURE]);
  }

  /** The value, if it was awaited before, else throws ClientError `not-finished`; inside a task that of a captured future is always there. */
  get value(): T {
    if (this.#value) return this.#value.is;
    throw new ClientError(
      'not-finished',
      `the value of ${this.name} is not here yet: await the future first (inside a task that captured it, .value is there)`,
    );
  }

  /** The value when it is there; rejects with what the task threw, with a `taskloom` that says where (`TaskFailure`). */
  result(): Promise<T> {
    const result = this.#settled();
    // A failure that nobody awaits is no unhandled rejection.
    result.catch(nobodyListens);
    return result;
  }

  /** What the task failed with, or undefined when it is done. */
  exception(): Promise<Error | undefined> {
    return new Promise((resolve, reject) => {
      this[HOME].watchOutcome(this[FUTURE], (told) => {
        if (told.is === 'gave-up') reject(told.error);
        else if (told.is === 'missed') reject(released(this.name));
        else resolve(this[HOME].errorOf(this[FUTURE]));
      });
    });
  }

  /** As of a promise. */
  // biome-ignore lint/suspicious/noThenProperty: a future is awaitable
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#settled().then(fulfilled, rejected);
  }

  /** As of a promise. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#settled().catch(rejected);
  }

  /** As of a promise. */
  finally(settled?: (() => void) | null): Promise<T> {
    return this.#settled().finally(settled);
  }

  /** Ends the task, also while it runs; it fails with a cancelled error, and so does what depends on it. */
  cancel(): void {
    this[HOME].cancel(this[FUTURE], 1);
  }

  /** Gives the result back now instead of when this handle is collected. */
  release(): void {
    this[HOME].releaseHandle(this, this[FUTURE], 1);
  }

  get [Symbol.toStringTag](): string {
    return 'Future';
  }

  [SHOWN](): string {
    return `Future(${this.name}, ${this.status})`;
  }

  #settled(): Promise<T> {
    this.#promise ??= new Promise<T>((resolve, reject) => {
      // The closure keeps `this` while somebody waits: the task is released with its last handle.
      this[HOME].watchValue(this[FUTURE], (told) => {
        if (told.is === 'values') {
          this.#value = { is: told.values[told.at] as T };
          resolve(this.#value.is);
        } else reject(errorOf(told, this.name));
      });
    });
    return this.#promise;
  }

  /** The list that this future is of, if any. */
  get list(): object | undefined {
    return this.#owner;
  }
}

function errorOf(told: Told, name: string): Error {
  return told.is === 'failed' || told.is === 'gave-up' ? told.error : released(name);
}

export function released(name: string): ClientError {
  return new ClientError(
    'released-future',
    `the future of ${name} was released: its result is gone; submit the task again`,
  );
}
