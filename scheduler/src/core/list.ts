/**
 * Lists that are filled and emptied over and over. An array that is emptied by its `length` goes through the runtime of V8 and gives
 * up its memory, which the next push has to find again: that was a tenth of what a task with four inputs costs.
 */

const SMALLEST = 16;

/** Numbers of pieces or of workers. */
export class NumberList {
  length = 0;
  #items = new Int32Array(SMALLEST);

  push(item: number): void {
    if (this.length === this.#items.length) this.#grow();
    this.#items[this.length++] = item;
  }

  /** The last one; undefined when there is none. */
  pop(): number | undefined {
    return this.length === 0 ? undefined : this.#items[--this.length];
  }

  /** `place` is below `length`. */
  at(place: number): number {
    return this.#items[place] as number;
  }

  put(place: number, item: number): void {
    this.#items[place] = item;
  }

  #grow(): void {
    const wider = new Int32Array(this.#items.length * 2);
    wider.set(this.#items);
    this.#items = wider;
  }
}

/** Leaves its first `length` items. */
export function shorten(list: unknown[], length: number): void {
  while (list.length > length) list.pop();
}
