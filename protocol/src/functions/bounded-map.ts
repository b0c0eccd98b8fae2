/** A cache that starts over when it is full: programs that make functions from strings without end must not fill memory. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override set(key: K, value: V): this {
    if (this.size >= this.#limit && !this.has(key)) this.clear();
    return super.set(key, value);
  }
}

/** Distinct pieces of source that caches hold on to. */
export const CACHED_SOURCES = 20_000;
