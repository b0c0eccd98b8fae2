const SMALLEST = 16;

/**
 * Pieces that may start, earliest submitted first: a binary heap with its keys beside it. Entries may be stale: the piece was placed
 * or given up since (whoever takes one looks at it), or its row is another piece now (its generation says so).
 */
export class ReadyQueue {
  #keys = new Float64Array(SMALLEST);
  #ids = new Int32Array(SMALLEST);
  #generations = new Int32Array(SMALLEST);
  length = 0;

  /** It never had more than a few entries. */
  get isSmall(): boolean {
    return this.#ids.length === SMALLEST;
  }

  push(id: number, key: number, generation: number): void {
    if (this.length === this.#ids.length) this.#grow();
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#keys[parent] as number) <= key) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#set(at, id, key, generation);
  }

  /** The id of the first entry; the queue must not be empty. */
  top(): number {
    return this.#ids[0] as number;
  }

  topKey(): number {
    return this.#keys[0] as number;
  }

  topGeneration(): number {
    return this.#generations[0] as number;
  }

  pop(): number {
    const first = this.top();
    const last = --this.length;
    if (last > 0) this.#sink(last, this.#keys[last] as number);
    return first;
  }

  /** Gives the first entry another key. */
  rekeyTop(key: number): void {
    this.#sink(0, key);
  }

  /** Puts the entry `from`, under `key`, where the first one was. */
  #sink(from: number, key: number): void {
    const id = this.#ids[from] as number;
    const generation = this.#generations[from] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.length) break;
      if (child + 1 < this.length && (this.#keys[child + 1] as number) < (this.#keys[child] as number))
        child++;
      if ((this.#keys[child] as number) >= key) break;
      this.#move(child, at);
      at = child;
    }
    this.#set(at, id, key, generation);
  }

  #set(at: number, id: number, key: number, generation: number): void {
    this.#keys[at] = key;
    this.#ids[at] = id;
    this.#generations[at] = generation;
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from] as number;
    this.#ids[to] = this.#ids[from] as number;
    this.#generations[to] = this.#generations[from] as number;
  }

  #grow(): void {
    const keys = new Float64Array(this.length * 2);
    const ids = new Int32Array(this.length * 2);
    const generations = new Int32Array(this.length * 2);
    keys.set(this.#keys);
    ids.set(this.#ids);
    generations.set(this.#generations);
    this.#keys = keys;
    this.#ids = ids;
    this.#generations = generations;
  }
}
