/** The results of a map: a range of tasks, of which single futures are made when they are touched. */
import { FUTURES } from '@taskloom/protocol/values';
import { Future, type FutureHome, HOME, SHOWN } from './future.ts';

/** Property names that are indexes. */
const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** Behind the prototypes of every list, so that only what is found nowhere else comes here. */
const indexed = new Proxy(Object.prototype, {
  get(target, name, receiver) {
    if (typeof name === 'string' && INDEX.test(name) && receiver instanceof FutureList)
      return receiver.at(Number(name));
    return Reflect.get(target, name, receiver);
  },
});

/**
 * The futures of a map, in order: iterable, indexable, and nothing until touched. Mapping over a list runs element by element,
 * each task as soon as its own input is there. Dropping the list releases its tasks.
 *
 * @example
 * import { LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ inProcess: true });
 * const client = cluster.client();
 * const squares = client.map((x: number) => x * x, [1, 2, 3]);
 * const sums = client.map((s: number) => s + 1, squares);
 * console.log(sums.length, await sums[2], await client.gather(sums)); // 3 10 [ 2, 5, 10 ]
 */
export class FutureList<T> implements Iterable<Future<T>> {
  readonly [FUTURES]: { readonly first: number; readonly count: number };
  readonly [HOME]: FutureHome;
  /** The name of the function. */
  readonly name: string;
  readonly [index: number]: Future<T>;
  readonly #touched = new Map<number, Future<T>>();

  /** Made by a client, see `Client.map`. */
  constructor(home: FutureHome, first: number, count: number, name: string) {
    this[FUTURES] = { first, count };
    this[HOME] = home;
    this.name = name;
  }

  /** How many futures it has. */
  get length(): number {
    return this[FUTURES].count;
  }

  /** The future at this index, negative from the end; always the same one. */
  at(index: number): Future<T> | undefined {
    const { first, count } = this[FUTURES];
    const at = Math.trunc(index) + (index < 0 ? count : 0);
    if (!(at >= 0 && at < count)) return undefined;
    let future = this.#touched.get(at);
    if (!future) {
      future = new Future<T>(this[HOME], first + at, this.name, this);
      this.#touched.set(at, future);
    }
    return future;
  }

  *[Symbol.iterator](): Iterator<Future<T>> {
    for (let at = 0; at < this.length; at++) yield this.at(at) as Future<T>;
  }

  /** Ends those tasks that are not finished. */
  cancel(): void {
    const { first, count } = this[FUTURES];
    this[HOME].cancel(first, count);
  }

  /** Gives all results back now instead of when the list is collected. */
  release(): void {
    const { first, count } = this[FUTURES];
    this[HOME].releaseHandle(this, first, count);
  }

  get [Symbol.toStringTag](): string {
    return 'FutureList';
  }

  [SHOWN](): string {
    return `FutureList(${this.name}, ${this.length})`;
  }
}
Object.setPrototypeOf(FutureList.prototype, indexed);
