const SCANNED = 8;

/** The objects of one value, to notice the second visit to one. Most values have few objects, for which a Set is dear. */
export class Seen {
  readonly #few: object[] = [];
  #many: Set<object> | undefined;

  /** False when the object was added before. */
  add(object: object): boolean {
    if (this.#many !== undefined) {
      const before = this.#many.size;
      return this.#many.add(object).size !== before;
    }
    if (this.#few.includes(object)) return false;
    this.#few.push(object);
    if (this.#few.length > SCANNED) this.#many = new Set(this.#few);
    return true;
  }

  clear(): void {
    this.#few.length = 0;
    this.#many = undefined;
  }
}
