import { types } from 'node:util';
import type { KindedBinary } from './binary.ts';
import { isDetached, kindOf } from './binary.ts';
import { TravelError } from './errors.ts';
import { isFuture, isFutures } from './futures.ts';
import { MAX_DEPTH } from './limits.ts';
import type { FutureLike, FuturesLike } from './port.ts';
import { Seen } from './seen.ts';

/** Classes whose instances the v8 serializer gives back exactly, apart from properties that somebody added. */
const KEPT_BY_V8 = new Set<object>(
  [Date, RegExp, Boolean, Number, String, BigInt].map((builtIn) => builtIn.prototype),
);
/** Likewise, for errors that carry nothing but a message and a cause. */
const ERRORS_KEPT_BY_V8 = new Set<object>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    (builtIn) => builtIn.prototype,
  ),
);
const ERROR_PROPERTIES = new Set(['message', 'stack', 'cause']);

/** Guesses, on the high side, of what the v8 serializer writes for one value of a kind. */
const SCALAR_BYTES = 12;
const OBJECT_BYTES = 16;

/** The first thing that the v8 serializer cannot keep. */
export interface Culprit {
  readonly value: unknown;
  readonly path: readonly string[];
}

/**
 * A walk over a value that msgpack cannot keep: gathers what the v8 codec needs to know before it starts, and stops at
 * the first thing that only the graph codec can send.
 */
export class Inspection {
  readonly binaries: KindedBinary[] = [];
  readonly futures: (FutureLike | FuturesLike)[] = [];
  /** The way to the first of them. */
  futurePath: readonly string[] = [];
  /** About as many bytes as the value will have. */
  bytes = 0;
  culprit: Culprit | undefined;
  readonly #seen = new Seen();
  readonly #path: string[];

  constructor(value: unknown, path: readonly string[]) {
    this.#path = [...path];
    this.#visit(value, 0);
  }

  #visit(value: unknown, depth: number): boolean {
    if (typeof value === 'object' && value !== null) return this.#object(value, depth);
    if (typeof value === 'function' || typeof value === 'symbol') return this.#stop(value);
    this.bytes += typeof value === 'string' ? 2 * value.length + SCALAR_BYTES : SCALAR_BYTES;
    return true;
  }

  #object(value: object, depth: number): boolean {
    this.bytes += OBJECT_BYTES;
    if (isFuture(value) || isFutures(value)) {
      if (this.futures.push(value) === 1) this.futurePath = [...this.#path];
      return true;
    }
    if (!this.#seen.add(value)) return true;
    if (depth >= MAX_DEPTH)
      throw new TravelError(
        this.#path,
        `it is nested deeper than ${MAX_DEPTH} (MAX_DEPTH); send a flat array`,
      );
    if (types.isProxy(value)) return this.#stop(value);
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === Array.prototype || prototype === Object.prototype)
      return this.#properties(value, depth);
    if (prototype === Map.prototype && value instanceof Map) return this.#map(value, depth);
    if (prototype === Set.prototype && value instanceof Set) return this.#set(value, depth);
    return this.#leaf(value, prototype, depth);
  }

  #leaf(value: object, prototype: object | null, depth: number): boolean {
    if (prototype === null) return this.#stop(value);
    const kind = kindOf(prototype);
    if (kind !== undefined && (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)) {
      if (isDetached(value))
        throw new TravelError(this.#path, 'its bytes were transferred to another thread');
      this.binaries.push({ binary: value, kind });
      this.bytes += value.byteLength;
      return true;
    }
    if (ERRORS_KEPT_BY_V8.has(prototype) && types.isNativeError(value)) return this.#error(value, depth);
    if (value instanceof RegExp) {
      // The v8 serializer forgets where it goes on.
      if (value.lastIndex !== 0) return this.#stop(value);
      this.bytes += 2 * value.source.length;
    }
    const kept =
      KEPT_BY_V8.has(prototype) && (types.isBoxedPrimitive(value) || Object.keys(value).length === 0);
    return kept || this.#stop(value);
  }

  #properties(value: object, depth: number): boolean {
    if (Object.getOwnPropertySymbols(value).length > 0) return this.#stop(value);
    const named = !Array.isArray(value);
    for (const key of Object.keys(value)) {
      if (named) this.bytes += 2 * key.length + 4;
      const property: unknown = value[key as keyof typeof value];
      if (!this.#step(property, named ? key : `[${key}]`, depth)) return false;
    }
    return true;
  }

  #map(value: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    for (const [key, item] of value) {
      if (!this.#step(key, `key ${label(key)}`, depth)) return false;
      if (!this.#step(item, `get(${label(key)})`, depth)) return false;
    }
    return Object.keys(value).length === 0 || this.#stop(value);
  }

  #set(value: ReadonlySet<unknown>, depth: number): boolean {
    let index = 0;
    for (const item of value) {
      if (!this.#step(item, `item ${index}`, depth)) return false;
      index += 1;
    }
    return Object.keys(value).length === 0 || this.#stop(value);
  }

  #error(value: Error, depth: number): boolean {
    const extra = Object.getOwnPropertyNames(value).some((name) => !ERROR_PROPERTIES.has(name));
    if (extra) return this.#stop(value);
    this.bytes += 2 * (value.message.length + (value.stack?.length ?? 0));
    const before = this.futures.length;
    if (!this.#step(value.cause, 'cause', depth)) return false;
    // The v8 serializer looks at errors itself, and would send what a future is made of.
    return this.futures.length === before || this.#stop(value);
  }

  #step(value: unknown, key: string, depth: number): boolean {
    this.#path.push(key);
    const passed = this.#visit(value, depth + 1);
    this.#path.pop();
    return passed;
  }

  #stop(value: unknown): false {
    this.culprit = { value, path: [...this.#path] };
    return false;
  }
}

/** A key as it would be written in code. */
function label(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key);
  return typeof key === 'object' || typeof key === 'function' || typeof key === 'symbol'
    ? typeof key
    : String(key);
}
