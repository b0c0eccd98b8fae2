import { types } from 'node:util';
import { madeFrom } from '../origins.ts';
import { lookUpKnown } from './known.ts';

/** A scan that met something special within this many objects is repeated for each part; a longer one is made to count. */
const SHORT_SCAN = 1_000;

/**
 * Which objects are plain all the way down, so that the value codec keeps them as they are.
 *
 * 1. An object is mixed when it reaches, by any way, something with identity; all others are plain.
 * 2. The work for a graph grows with the number of its objects, however they are asked about.
 */
export class PlainScan {
  readonly #plain = new Set<object>();
  readonly #mixed = new Set<object>();

  /** All that was found plain so far. */
  get plain(): ReadonlySet<object> {
    return this.#plain;
  }

  isPlain(root: object): boolean {
    if (this.#plain.has(root)) return true;
    if (this.#mixed.has(root)) return false;
    const visited: object[] = [];
    if (this.#visitPlain(root, visited)) return true;
    for (const object of visited) this.#plain.delete(object);
    if (visited.length > SHORT_SCAN) this.#sort(root);
    else this.#mixed.add(root);
    return false;
  }

  /** Takes what it meets for plain, until it meets what is not: then the caller takes that back. */
  #visitPlain(root: object, visited: object[]): boolean {
    const pending = [root];
    for (let at = pending.pop(); at; at = pending.pop()) {
      if (this.#plain.has(at)) continue;
      const children = this.#mixed.has(at) ? undefined : childrenOf(at);
      if (!children) return false;
      this.#plain.add(at);
      visited.push(at);
      for (const child of children) pending.push(child);
    }
    return true;
  }

  /** Tells plain from mixed for all that the root reaches: whatever reaches a special object is mixed. */
  #sort(root: object): void {
    const owners = new Map<object, object[]>([[root, []]]);
    const special: object[] = [];
    const pending = [root];
    for (let at = pending.pop(); at; at = pending.pop()) {
      const children = this.#plain.has(at) ? NONE : this.#mixed.has(at) ? undefined : childrenOf(at);
      if (!children) special.push(at);
      for (const child of children ?? NONE) {
        const known = owners.get(child);
        if (known) known.push(at);
        else {
          owners.set(child, [at]);
          pending.push(child);
        }
      }
    }
    this.#spread(special, owners);
    for (const object of owners.keys()) if (!this.#mixed.has(object)) this.#plain.add(object);
  }

  #spread(special: readonly object[], owners: ReadonlyMap<object, readonly object[]>): void {
    const pending = [...special];
    for (const object of special) this.#mixed.add(object);
    for (let at = pending.pop(); at; at = pending.pop()) {
      for (const owner of owners.get(at) ?? NONE) {
        if (this.#mixed.has(owner)) continue;
        this.#mixed.add(owner);
        pending.push(owner);
      }
    }
  }
}

const NONE: readonly object[] = [];
/** Arrays beyond this are not asked for properties beside their elements: listing a million keys is too dear. */
const NAMED_CHECK_LENGTH = 10_000;
const LEAVES = new Set<object>([
  ...[Date, RegExp, Boolean, Number, BigInt, ArrayBuffer, DataView, Buffer].map((c) => c.prototype as object),
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array].map(
    (c) => c.prototype,
  ),
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array].map((c) => c.prototype),
]);

/** The objects that a plain object holds; undefined when it is none itself. */
function childrenOf(value: object): readonly object[] | undefined {
  if (typeof value === 'function' || lookUpKnown(value) || madeFrom(value) || types.isProxy(value))
    return undefined;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return propertiesOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) return elementsOf(value);
  if (prototype === null) return undefined;
  if (ArrayBuffer.isView(value)) return LEAVES.has(prototype) ? NONE : undefined;
  if (Object.keys(value).length > 0) return undefined;
  if (prototype === Map.prototype && types.isMap(value)) return objectsIn([...value].flat(1));
  if (prototype === Set.prototype && types.isSet(value)) return objectsIn([...value]);
  return LEAVES.has(prototype) && hasSlots(value) ? NONE : undefined;
}

function hasSlots(value: object): boolean {
  return (
    types.isDate(value) ||
    (types.isRegExp(value) && value.lastIndex === 0) ||
    types.isBoxedPrimitive(value) ||
    types.isArrayBuffer(value)
  );
}

function propertiesOf(value: object): readonly object[] | undefined {
  if (types.isNativeError(value) || types.isExternal(value) || types.isPromise(value)) return undefined;
  const children: object[] = [];
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'symbol') return undefined;
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor?.enumerable || !('value' in descriptor)) return undefined;
    if (!collect(descriptor.value, children)) return undefined;
  }
  return children;
}

function elementsOf(value: readonly unknown[]): readonly object[] | undefined {
  if (value.length > NAMED_CHECK_LENGTH) return objectsIn(value);
  const children: object[] = [];
  const keys = Object.keys(value);
  // Indexes come first. What has other names the value codec leaves out.
  if (Number.isNaN(Number(keys.at(-1) ?? 0))) return undefined;
  for (const key of keys) {
    if (!collect(Reflect.get(value, key), children)) return undefined;
  }
  return Object.getOwnPropertySymbols(value).length > 0 ? undefined : children;
}

function objectsIn(values: readonly unknown[]): readonly object[] | undefined {
  const children: object[] = [];
  for (const value of values) if (!collect(value, children)) return undefined;
  return children;
}

/** False for a symbol, which only the graph can send. */
function collect(value: unknown, into: object[]): boolean {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') into.push(value);
  return typeof value !== 'symbol';
}
