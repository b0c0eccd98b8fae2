/** Futures in the order in which their tasks end. */
import { type Watch, watchOf } from './core/watch.ts';
import { type Future, released } from './future.ts';
import type { Session, Told } from './session.ts';
import { type Futures, type Span, spansOf } from './watching.ts';

/** The places of so many that were given are kept before they are cut off. */
const GIVEN = 64;

interface Ended<T> {
  readonly span: Span<T>;
  at: number;
  readonly end: number;
}

/**
 * What `asCompleted` gives: an async iterator to which more futures can be added while it runs.
 *
 * @example
 * import { LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ inProcess: true });
 * const client = cluster.client();
 * const ended = client.asCompleted(client.map((x: number) => x * 10, [1]));
 * let rounds = 0;
 * for await (const future of ended) {
 *   if (++rounds < 3) ended.add(client.submit((x: number) => x + 1, future));
 *   else console.log(await future); // 12
 * }
 */
export class AsCompleted<T> implements AsyncIterableIterator<Future<T>> {
  readonly #session: Session;
  /** Those that have not heard of all their rows. */
  readonly #watches = new Set<Watch>();
  /** What ended, from `#head` on not given yet. */
  #ended: (Ended<T> | undefined)[] = [];
  #head = 0;
  /** Futures to be given. */
  #left = 0;
  #error: Error | undefined;
  /** Those who wait for the next, in the order in which they asked. */
  #wakers: (() => void)[] = [];

  /** Made by `Client.asCompleted`. */
  constructor(session: Session, futures: Futures<T>) {
    this.#session = session;
    this.add(futures);
  }

  /** More to come. */
  add(futures: Futures<T>): void {
    for (const span of spansOf(this.#session, futures)) {
      this.#left += span.count;
      const watch: Watch = watchOf('outcome', span.first, span.count, (told: Told) => {
        // A watch keeps the futures of its span.
        if (watch.left === 0) this.#watches.delete(watch);
        this.#hear(span, told);
      });
      this.#watches.add(watch);
      this.#session.watch(watch);
    }
  }

  /** The next that ends; rejects when the connection is lost, or when one of them is released. */
  async next(): Promise<IteratorResult<Future<T>, undefined>> {
    while (this.#head === this.#ended.length) {
      if (this.#error) throw await this.#fail(this.#error);
      if (this.#left === 0) return { done: true, value: undefined };
      await new Promise<void>((wake) => this.#wakers.push(wake));
    }
    const value = this.#take();
    // Nobody need wait for more than there are.
    if (--this.#left === 0) this.#wake();
    return { done: false, value };
  }

  /** Waits for no more: the tasks go on. */
  async return(): Promise<IteratorResult<Future<T>, undefined>> {
    for (const watch of this.#watches) this.#session.unwatch(watch);
    this.#watches.clear();
    this.#left = 0;
    this.#ended = [];
    this.#head = 0;
    this.#error = undefined;
    this.#wake();
    return { done: true, value: undefined };
  }

  /** A loop that fails does not say that it is over. */
  async #fail(error: Error): Promise<Error> {
    await this.return();
    return error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Future<T> {
    const ended = this.#ended[this.#head]!;
    const future = ended.span.futureAt(ended.at++);
    if (ended.at === ended.end) this.#ended[this.#head++] = undefined;
    if (this.#head === this.#ended.length || this.#head === GIVEN) {
      this.#ended.splice(0, this.#head);
      this.#head = 0;
    }
    return future;
  }

  #hear(span: Span<T>, told: Told): void {
    if (this.#left === 0) return;
    if (told.is === 'gave-up') this.#error = told.error;
    else if (told.is === 'missed') this.#error = released(span.name);
    else {
      const at = told.first - span.first;
      this.#ended.push({ span, at, end: at + told.count });
    }
    this.#wake();
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
