/** What people call: functions go out, futures come back. */

import type { WorkerInfo } from '@taskloom/protocol';
import { type AnyFunction, captureFunction, type FunctionImage } from '@taskloom/protocol/functions';
import { AsCompleted } from './as-completed.ts';
import type { Batch } from './batch.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { Future } from './future.ts';
import { FutureList } from './future-list.ts';
import { gather } from './gather.ts';
import { Keys, type Verb } from './keys.ts';
import { batchesOfMap } from './map.ts';
import { type CheckedOptions, checkOptions, type SubmitOptions } from './options.ts';
import { type Progress, type ProgressOptions, progress } from './progress.ts';
import { nobody, resultOn, workersToRunOn } from './run.ts';
import { checkNames, checkTimeout, given, noOptions, onlyOptions, refuse } from './said.ts';
import { type ScatterOptions, scatter } from './scatter.ts';
import type { Session } from './session.ts';
import type { FuturesOr, Gathered, GatheredBy, OnErrors, OrFuture } from './types.ts';
import { checkWait, type Waited, type WaitOptions, wait } from './wait.ts';
import { type Futures, spansOf, type ValueIn } from './watching.ts';

const brand: unique symbol = Symbol.for('taskloom.client') as never;
const NO_OPTIONS = checkOptions({});

/** What clients that derive from one another share. */
interface Shared {
  readonly session: Session;
  readonly keys: Keys;
  /** What was started for this client and ends with it. */
  readonly closing: () => Promise<void>;
}

/**
 * A session with a cluster: submits tasks, gathers what becomes of them.
 *
 * @example
 * import { LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ inProcess: true });
 * const client = cluster.client();
 * const lengths = client.map((word: string) => word.length, ['warp', 'weft', 'selvedge']);
 * console.log(await client.gather(lengths)); // [ 4, 4, 8 ]
 */
export class Client implements AsyncDisposable {
  /** Closures that capture a client get a stand-in: a client lives in the process that made it. */
  readonly [brand] = true;
  readonly #shared: Shared;
  readonly #options: CheckedOptions;

  /** Made by `Client.connect` or `cluster.client()`. */
  constructor(shared: Shared, options: CheckedOptions = NO_OPTIONS) {
    if (!shared?.keys)
      refuse('a client is made by await Client.connect(address) or by cluster.client(), not by new Client');
    this.#shared = shared;
    this.#options = options;
  }

  /**
   * A client of the scheduler at this address, else at `TASKLOOM_ADDRESS`, else of a local cluster that ends with it.
   * The token is an option or `TASKLOOM_TOKEN`. Rejects with a ClientError, such as `unreachable` or `wrong-token`.
   */
  static async connect(address?: string, options: ConnectOptions = {}): Promise<Client> {
    const { session, closing } = await connect(address, options);
    return new Client({ session, keys: new Keys(), closing });
  }

  /**
   * A client that says these options with each of its tasks, and those of this one beside them. Both are one session: closing one closes
   * the other. Throws ClientError `bad-option`.
   */
  with(options: SubmitOptions): Client {
    return new Client(this.#shared, checkOptions(options, this.#options));
  }

  /**
   * Calls `fn` with these arguments on some worker. Returns at once; what the function captures and what it is called with
   * is copied now, and refused here with a TravelError if it cannot travel. A future among the arguments, at any depth, arrives as its
   * value. Arguments may have 32 MiB: scatter what is larger.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: FuturesOr<A>): Future<Awaited<R>> {
    const { session } = this.#shared;
    session.assertOpen();
    const image = imageOf('submit', fn, session);
    if (this.#options.key !== undefined) {
      const batch = session.calls.single(image, this.#options, args);
      return this.#keyed('submit', [batch], (first) => this.#future(first, image.name)) as Future<Awaited<R>>;
    }
    const task = session.calls.submit(image, this.#options, args);
    session.submitted(task, 1);
    return this.#future(task, image.name) as Future<Awaited<R>>;
  }

  /**
   * Calls `fn` with each item of the iterable, or with one item of each of several, until the shortest ends. Over a list of
   * futures each task runs as soon as its own input is there. Throws as `submit` does, and `not-iterable`.
   */
  map<T, R>(fn: (item: T) => R, items: Iterable<OrFuture<T>>): FutureList<Awaited<R>>;
  /** Calls `fn` with one item of each of two iterables, until the shorter ends; futures among them arrive as their values. */
  map<T, U, R>(
    fn: (a: T, b: U) => R,
    as: Iterable<OrFuture<T>>,
    bs: Iterable<OrFuture<U>>,
  ): FutureList<Awaited<R>>;
  /** Calls `fn` with one item of each iterable, until the shortest ends; futures among them arrive as their values. */
  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: { [I in keyof A]: Iterable<OrFuture<A[I]>> }
  ): FutureList<Awaited<R>>;
  map(fn: (...args: never[]) => unknown, ...iterables: unknown[]): FutureList<unknown> {
    const { session } = this.#shared;
    session.assertOpen();
    const image = imageOf('map', fn, session);
    const batches = batchesOfMap(session, image, this.#options, iterables);
    const count = batches.reduce((sum, batch) => sum + batch.rows, 0);
    const listOf = (first: number) => this.#list(first, count, image.name);
    if (this.#options.key !== undefined) return this.#keyed('map', batches, listOf) as FutureList<unknown>;
    return listOf(this.#send(batches));
  }

  /**
   * The values of the futures in this shape (arrays, plain objects, Maps and Sets, at any depth), in the same shape.
   * Of tasks that failed, `errors: 'throw'` rejects with the first, `'skip'` leaves them out, `'return'` puts the errors in their place.
   */
  gather<const S>(shape: S, options?: { readonly errors?: 'throw' | undefined }): Promise<Gathered<S>>;
  /**
   * The values of the futures in this shape, in the same shape. Of tasks that failed, `errors: 'throw'` rejects with the first,
   * `'skip'` leaves them out, `'return'` puts the errors in their place.
   */
  gather<const S, E extends OnErrors>(
    shape: S,
    options: { readonly errors?: E | undefined },
  ): Promise<GatheredBy<S, E>>;
  gather(shape: unknown, options: { errors?: OnErrors | undefined } = {}): Promise<unknown> {
    const { errors = 'throw' } = onlyOptions(options, ['errors'], "{ errors: 'skip' }");
    if (errors !== 'throw' && errors !== 'skip' && errors !== 'return')
      refuse(`errors must be 'throw', 'skip' or 'return', got ${given(errors)}`);
    return gather(this.#shared.session, shape, errors);
  }

  /**
   * Brings data to the workers, to be passed to many tasks: an array as one future for each item, anything else as one.
   * It is copied now, except for typed arrays of 64 KiB or more: their bytes are read until the future is done (`await client.wait(future)`),
   * so do not write to them before.
   */
  scatter<T extends readonly unknown[] | []>(
    items: T,
    options?: ScatterOptions,
  ): { -readonly [I in keyof T]: Future<T[I]> };
  /** Brings data to the workers, each item as one future. */
  scatter<T>(items: readonly T[], options?: ScatterOptions): Future<T>[];
  /**
   * Brings one value to a worker, or to each with `broadcast`, to be passed to many tasks. It is copied now, except for typed arrays of
   * 64 KiB or more: do not write to them until the future is done.
   */
  scatter<T>(value: T, options?: ScatterOptions): Future<T>;
  scatter(value: unknown, options: ScatterOptions = {}): unknown {
    if (Array.isArray(value)) return scatter(this.#shared.session, value, options);
    return scatter(this.#shared.session, [value], options)[0];
  }

  /** Waits until these have ended, well or not. Rejects when the connection is lost, or when one of them is released. */
  wait<F extends Futures<unknown>>(futures: F, options: WaitOptions = {}): Promise<Waited<ValueIn<F>>> {
    return wait(this.#shared.session, futures as Futures<ValueIn<F>>, checkWait(options));
  }

  /** The futures in the order in which their tasks end: `for await (const future of client.asCompleted(futures))`. */
  asCompleted<F extends Futures<unknown>>(futures: F): AsCompleted<ValueIn<F>>;
  asCompleted(futures: Futures<unknown>, options: object = {}): AsCompleted<unknown> {
    noOptions('asCompleted', options);
    return new AsCompleted(this.#shared.session, futures);
  }

  /** Ends these tasks, also while they run; they fail with a cancelled error, and so does what depends on them. */
  cancel(futures: Futures<unknown>): void;
  cancel(futures: Futures<unknown>, options: object = {}): void {
    noOptions('cancel', options);
    for (const span of spansOf(this.#shared.session, futures))
      this.#shared.session.cancel(span.first, span.count);
  }

  /** Gives results back now instead of when the futures are collected. */
  release(futures: Futures<unknown>): void;
  release(futures: Futures<unknown>, options: object = {}): void {
    noOptions('release', options);
    for (const { handle } of spansOf(this.#shared.session, futures)) handle.release();
  }

  /**
   * Calls `fn` once on each worker (with `with({ workers })` on those), before what waits there; the results by the workers' names. Rejects
   * with the first call that failed; a worker that is gone before its call has ended fails it.
   */
  async run<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: FuturesOr<A>
  ): Promise<Map<string, Awaited<R>>> {
    const { session } = this.#shared;
    assertFunction('run', fn);
    const workers = await workersToRunOn(session, this.#options.task.workers);
    // A key would make one call of all.
    const keyless = new Client(this.#shared, { ...this.#options, key: undefined });
    const calls = workers.map(async (worker) => {
      const there = keyless.with({ workers: [worker.name], priority: Number.MAX_SAFE_INTEGER });
      return [worker.name, await resultOn(session, worker, there.submit(fn, ...args))] as const;
    });
    return new Map(await Promise.all(calls));
  }

  /** Resolves with the workers when there are at least this many; rejects with ClientError `timed-out` after `timeoutMs` milliseconds. */
  waitForWorkers(
    count: number,
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<WorkerInfo[]> {
    if (!Number.isInteger(count) || count < 0) refuse(`waitForWorkers takes how many, got ${given(count)}`);
    const { timeoutMs } = onlyOptions(options, ['timeoutMs'], '{ timeoutMs: 10_000 }');
    checkTimeout(timeoutMs);
    return this.#shared.session.workers.atLeast(count, timeoutMs);
  }

  /** The workers there are, as far as this client has heard. */
  get workers(): WorkerInfo[] {
    return this.#shared.session.workers.list;
  }

  /**
   * Takes workers out of service by name: they get nothing new, finish what runs, and what only they hold moves to others. Resolves when
   * they are drained or gone; rejects when none of these names is a worker's. In a local cluster others take their places; to have
   * fewer, scale it.
   *
   * @example
   * import { LocalCluster } from '@taskloom/client';
   *
   * await using cluster = await LocalCluster.start({ workers: 2, threads: 1 });
   * const client = cluster.client();
   * const doubled = await client.gather(client.map((x: number) => 2 * x, [1, 2, 3]));
   * await client.retire([client.workers[0]!.name]);
   * console.log(doubled); // [ 2, 4, 6 ]
   */
  async retire(workers: readonly string[]): Promise<void> {
    checkNames('retire', workers);
    const drained = await this.#shared.session.answers.ask('retire', { workers });
    if (drained !== 0 || workers.length === 0) return;
    nobody(workers, this.workers);
  }

  /**
   * Shows how many tasks of each function have ended: a bar on a terminal, lines elsewhere. Resolves when all have, with how many there
   * were and how many of them failed.
   */
  progress(futures: Futures<unknown>, options: ProgressOptions = {}): Promise<Progress> {
    return progress(spansOf(this.#shared.session, futures), this.#shared.session, options);
  }

  /** What a task waits for, or why it went where it went, in words. */
  async explain(future: Future<unknown>): Promise<string> {
    const [span] = spansOf(this.#shared.session, future);
    if (!span) refuse(`explain takes a future, not ${given(future)}`);
    const answer = await this.#shared.session.answers.ask('explain', { task: span.first });
    return typeof answer === 'string' ? answer : JSON.stringify(answer, undefined, 2);
  }

  /** What the scheduler has counted, as plain data: among it `workers`, each with its `name`, the `tasks` it has finished by function, and `heldBytes`. */
  counters(): Promise<unknown> {
    return this.#shared.session.answers.ask('counters');
  }

  /** Ends the session: its tasks are released. Ends the local cluster that `connect` started, if it did. */
  async close(): Promise<void> {
    this.#shared.session.close();
    await this.#shared.closing();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(batches: readonly Batch[]): number {
    const { session } = this.#shared;
    const first = session.calls.send(batches);
    session.submitted(
      first,
      batches.reduce((sum, batch) => sum + batch.rows, 0),
    );
    return first;
  }

  #keyed(
    verb: Verb,
    batches: readonly Batch[],
    make: (first: number) => Future<unknown> | FutureList<unknown>,
  ) {
    const { keys, session } = this.#shared;
    const key = this.#options.key as string;
    const known = keys.find(key, verb, batches);
    if (known) return known;
    const first = this.#send(batches);
    const handle = make(first);
    keys.add(key, verb, batches, handle, () => session.statusOf(first) === 'released');
    return handle;
  }

  #future(task: number, name: string): Future<unknown> {
    const { session } = this.#shared;
    const future = new Future(session, task, name);
    session.handles.add(future, task, 1);
    return future;
  }

  #list(first: number, count: number, name: string): FutureList<unknown> {
    const { session } = this.#shared;
    const list = new FutureList(session, first, count, name);
    session.handles.add(list, first, count);
    return list;
  }
}

/** The function as it is now. */
function imageOf(method: string, fn: unknown, session: Session): FunctionImage {
  assertFunction(method, fn);
  const image = captureFunction(fn, session.capturing);
  if (image.packages.length > 0) session.packages.used(image.name, image.packages);
  return image;
}

function assertFunction(method: string, fn: unknown): asserts fn is AnyFunction {
  if (typeof fn === 'function') return;
  refuse(
    `${method} takes a function first and then its arguments, ${method}(fn, x) and not ${method}(fn(x)), got ${given(fn)}`,
  );
}
