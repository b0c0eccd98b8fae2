import { isFuture, isFutures } from './futures.ts';
import type { FutureLike, FuturesLike } from './port.ts';

/**
 * The v8 serializer hands nothing but views of buffers to its host. So before it starts, each future is exchanged for an
 * empty view in a copy of the containers around it; after reading, each Placeholder is exchanged for what it stands for.
 */
export interface Substituted {
  readonly value: unknown;
  readonly futures: ReadonlyMap<object, FutureLike | FuturesLike>;
}

export function substituteFutures(value: unknown): Substituted {
  const substitution = new Substitution();
  return { value: substitution.of(value), futures: substitution.futures };
}

class Substitution {
  readonly futures = new Map<object, FutureLike | FuturesLike>();
  readonly #copies = new Map<object, object>();

  of(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const copied = this.#copies.get(value);
    if (copied !== undefined) return copied;
    if (isFuture(value) || isFutures(value)) return this.#stub(value);
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#set(value);
    if (Array.isArray(value)) return this.#properties(value, new Array<unknown>(value.length));
    return Object.getPrototypeOf(value) === Object.prototype ? this.#properties(value, {}) : value;
  }

  #stub(future: FutureLike | FuturesLike): object {
    const stub = new Uint8Array(0);
    this.futures.set(stub, future);
    this.#copies.set(future, stub);
    return stub;
  }

  #map(value: ReadonlyMap<unknown, unknown>): object {
    const copy = new Map<unknown, unknown>();
    this.#copies.set(value, copy);
    for (const [key, item] of value) copy.set(this.of(key), this.of(item));
    return copy;
  }

  #set(value: ReadonlySet<unknown>): object {
    const copy = new Set<unknown>();
    this.#copies.set(value, copy);
    for (const item of value) copy.add(this.of(item));
    return copy;
  }

  #properties(value: object, copy: object): object {
    this.#copies.set(value, copy);
    for (const key of Object.keys(value)) replaceProperty(copy, key, this.of(Reflect.get(value, key)));
    return copy;
  }
}

export class Placeholder {
  readonly resolve: () => unknown;

  constructor(resolve: () => unknown) {
    this.resolve = resolve;
  }
}

/** In place, and not into the values that come in: those are somebody else's. */
export function fillPlaceholders(root: unknown): unknown {
  if (root instanceof Placeholder) return root.resolve();
  const waiting: object[] = [];
  const seen = new Set<object>();
  const filled = (value: unknown): unknown => {
    if (value instanceof Placeholder) return value.resolve();
    if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      waiting.push(value);
    }
    return value;
  };
  filled(root);
  for (let container = waiting.pop(); container !== undefined; container = waiting.pop())
    fill(container, filled);
  return root;
}

function fill(container: object, filled: (value: unknown) => unknown): void {
  if (container instanceof Map) {
    const entries = [...container];
    container.clear();
    for (const [key, item] of entries) container.set(filled(key), filled(item));
  } else if (container instanceof Set) {
    const items = [...container];
    container.clear();
    for (const item of items) container.add(filled(item));
  } else if (!ArrayBuffer.isView(container)) {
    for (const key of Object.keys(container)) {
      const before: unknown = Reflect.get(container, key);
      const after = filled(before);
      if (after !== before) replaceProperty(container, key, after);
    }
  }
}

/** Not an assignment: a property named `__proto__` would change the prototype. */
function replaceProperty(container: object, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}
