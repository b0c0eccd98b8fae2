/** How types flow from a function and its arguments to a future, and what may stand for a value. */
import type { Future } from './future.ts';
import type { FutureList } from './future-list.ts';

type Atom =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | Error
  | ArrayBufferLike
  | ArrayBufferView
  | ((...args: never) => unknown);

/** A `T`, or a future of one, or a `T` in which futures stand for parts, at any depth of arrays, plain objects, Maps and Sets. */
export type OrFuture<T> = T | Future<T> | Holding<T>;

type Holding<T> = T extends Atom
  ? never
  : T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<OrFuture<K>, OrFuture<V>>
    : T extends ReadonlySet<infer E>
      ? ReadonlySet<OrFuture<E>>
      : T extends Iterable<infer E>
        ? E[] extends T
          ? // By its items and not by its keys: keys are looked at at once, without end where a type holds itself, as JSON does.
            readonly OrFuture<E>[] | FutureList<E>
          : { [I in keyof T]: OrFuture<T[I]> }
        : T extends object
          ? { [K in keyof T]: OrFuture<T[K]> }
          : never;

/** The arguments of a call, each of which may be or hold futures. */
export type FuturesOr<A extends readonly unknown[]> = { [I in keyof A]: OrFuture<A[I]> };

/** What `gather` makes of a shape: each future its value, each list of futures an array. */
export type Gathered<S, Missing = never> =
  S extends Future<infer T>
    ? T | Missing
    : S extends FutureList<infer T>
      ? (T | Missing)[]
      : S extends Atom
        ? S
        : S extends ReadonlyMap<infer K, infer V>
          ? Map<K, Gathered<V, Missing>>
          : S extends ReadonlySet<infer E>
            ? Set<Gathered<E, Missing>>
            : S extends object
              ? { -readonly [K in keyof S]: Gathered<S[K], Missing> }
              : S;

/** What `gather` makes of a shape when it leaves out what failed: items go, and so do properties that are futures. */
export type Skipping<S> = S extends Future<infer T> ? T | undefined : Left<S>;

/** What `gather` does with tasks that failed. */
export type OnErrors = 'throw' | 'skip' | 'return';

/** What `gather` makes of a shape by its option `errors`; by one that may be several, any of what these make. */
export type GatheredBy<S, E extends OnErrors> = E extends 'skip'
  ? Skipping<S>
  : E extends 'return'
    ? Gathered<S, Error>
    : Gathered<S>;

/** What is left where it stands; what is a future itself is left or is not there. */
type Left<S> =
  S extends Future<infer T>
    ? T
    : S extends FutureList<infer T>
      ? T[]
      : S extends Atom
        ? S
        : S extends ReadonlyMap<infer K, infer V>
          ? Map<K, Left<V>>
          : S extends ReadonlySet<infer E>
            ? Set<Left<E>>
            : S extends readonly (infer E)[]
              ? Left<E>[]
              : S extends object
                ? Flat<
                    { -readonly [K in keyof S as IfFuture<S[K], never, K>]: Left<S[K]> } & {
                      -readonly [K in keyof S as IfFuture<S[K], K, never>]?: Left<S[K]>;
                    }
                  >
                : S;

type IfFuture<T, Yes, No> = [Extract<T, Future<unknown>>] extends [never] ? No : Yes;

/** One object type of several. */
type Flat<T> = { [K in keyof T]: T[K] };
