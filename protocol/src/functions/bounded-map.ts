/** A cache that starts over when it is full: programs that make functions from strings without end must not fill memory. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number;
  #characters = 0;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  /** `characters`: of the text that is kept with it. */
  override set(key: K, value: V, characters = 0): this {
    if (!this.has(key)) {
      if (this.size >= this.#limit || this.#characters + characters > CACHED_CHARACTERS) this.clear();
      this.#characters += characters;
    }
    return super.set(key, value);
  }

  override clear(): void {
    this.#characters = 0;
    super.clear();
  }
}

/** Distinct pieces of source that caches hold on to. */
export const CACHED_SOURCES = 20_000;
/** All of them together, in each cache. */
export const CACHED_CHARACTERS = 32 * 1024 * 1024;
