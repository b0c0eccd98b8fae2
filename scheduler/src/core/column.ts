const EMPTY = new Uint32Array(0);

/** A growing list of u32, taken whole when a message is made of it. */
export class Column {
  #data = new Uint32Array(8);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) this.#grow();
    this.#data[this.length++] = value;
  }

  at(index: number): number {
    return this.#data[index] as number;
  }

  /** What was pushed since the last take. */
  take(): Uint32Array {
    if (this.length === 0) return EMPTY;
    const taken = this.#data.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  #grow(): void {
    const wider = new Uint32Array(this.#data.length * 2);
    wider.set(this.#data);
    this.#data = wider;
  }
}
