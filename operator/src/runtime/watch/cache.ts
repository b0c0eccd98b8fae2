/**
 * What the API server has, as far as we have heard, found by key and by index.
 *
 * 1. Objects are frozen; a change is a new object in the old one's place.
 * 2. Every index holds exactly the keys whose object has that value.
 * 3. An object that is replaced by a namesake with another UID was deleted, then added.
 */
import { controllerOf, deepFreeze, type KubeObject, keyOf } from '../objects.ts';

/** The values under which an object is found. */
export type Index<T extends KubeObject> = (object: T) => readonly string[];

export type Change<T extends KubeObject = KubeObject> =
  | { readonly is: 'added'; readonly object: T }
  | { readonly is: 'updated'; readonly object: T; readonly before: T }
  | { readonly is: 'deleted'; readonly object: T };

export const byNamespace: Index<KubeObject> = ({ metadata }) =>
  metadata.namespace === undefined ? [] : [metadata.namespace];

/** By the UID of the controlling owner. */
export const byOwner: Index<KubeObject> = (object) => {
  const owner = controllerOf(object);
  return owner ? [owner.uid] : [];
};

export const byLabel =
  (label: string): Index<KubeObject> =>
  ({ metadata }) => {
    const value = metadata.labels?.[label];
    return value === undefined ? [] : [value];
  };

/** Who wrote which field is a third of an object and nobody here asks for it. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export class Cache<T extends KubeObject = KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { readonly of: Index<T>; readonly keys: Map<string, Set<string>> }>();

  constructor(indexes: Readonly<Record<string, Index<T>>> = {}) {
    for (const [name, of] of Object.entries(indexes)) this.#indexes.set(name, { of, keys: new Map() });
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  all(): T[] {
    return [...this.#objects.values()];
  }

  /** What an index has under a value. */
  by(index: string, value: string): T[] {
    const { keys } = this.#index(index);
    return [...(keys.get(value) ?? [])].map((key) => this.#objects.get(key) as T);
  }

  /** Puts an object in its place, and says what that changed. */
  set(object: T): Change<T>[] {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    const { uid, resourceVersion } = object.metadata;
    if (before?.metadata.resourceVersion === resourceVersion && before?.metadata.uid === uid) return [];
    const gone = before && before.metadata.uid !== uid ? this.delete(key) : [];
    const frozen = deepFreeze(object);
    if (before && gone.length === 0) this.#forget(key, before);
    this.#objects.set(key, frozen);
    this.#remember(key, frozen);
    return before && gone.length === 0
      ? [{ is: 'updated', object: frozen, before }]
      : [...gone, { is: 'added', object: frozen }];
  }

  delete(key: string): Change<T>[] {
    const object = this.#objects.get(key);
    if (!object) return [];
    this.#objects.delete(key);
    this.#forget(key, object);
    return [{ is: 'deleted', object }];
  }

  /** Makes a complete list be all there is: what it lacks was deleted while nobody told us. */
  replace(objects: readonly T[]): Change<T>[] {
    const listed = new Set(objects.map(keyOf));
    const gone = [...this.#objects.keys()].filter((key) => !listed.has(key));
    return [...gone.flatMap((key) => this.delete(key)), ...objects.flatMap((object) => this.set(object))];
  }

  #index(name: string) {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`there is no index ${name}`);
    return index;
  }

  #remember(key: string, object: T): void {
    for (const { of, keys } of this.#indexes.values()) {
      for (const value of of(object)) {
        const under = keys.get(value);
        if (under) under.add(key);
        else keys.set(value, new Set([key]));
      }
    }
  }

  #forget(key: string, object: T): void {
    for (const { of, keys } of this.#indexes.values()) {
      for (const value of of(object)) {
        const under = keys.get(value);
        under?.delete(key);
        if (under?.size === 0) keys.delete(value);
      }
    }
  }
}
