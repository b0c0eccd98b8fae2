const SCANNED = 8;

/** The objects of one value, to notice the second visit to one. Most values have few objects, for which a Set is dear. */
export class Seen {
  readonly #few: (object | undefined)[] = new Array<object | undefined>(SCANNED).fill(undefined);
  #fewCount = 0;
  #many: Set<object> | undefined;

  /** False when the object was added before. */
  add(object: object): boolean {
    if (this.#many !== undefined) {
      const before = this.#many.size;
      return this.#many.add(object).size !== before;
    }
    const count = this.#fewCount;
    for (let index = 0; index < count; index += 1) if (this.#few[index] === object) return false;
    if (count < SCANNED) {
      this.#few[count] = object;
      this.#fewCount = count + 1;
    } else this.#many = new Set<object>(this.#few as object[]).add(object);
    return true;
  }

  /** Lets go of the objects. */
  clear(): void {
    for (let index = 0; index < this.#fewCount; index += 1) this.#few[index] = undefined;
    this.#fewCount = 0;
    this.#many = undefined;
  }
}
