/** Ranges of tasks being collected; what follows on the last one extends it. */
import { columnOf } from '@taskloom/protocol';

export class Ranges {
  #first: number[] = [];
  #count: number[] = [];

  get size(): number {
    return this.#first.length;
  }

  add(first: number, count: number): void {
    const last = this.#first.length - 1;
    if (last >= 0 && this.#first[last]! + this.#count[last]! === first) this.#count[last]! += count;
    else if (last < 0) {
      // An array made with it takes no room for more, which most times is not needed.
      this.#first = [first];
      this.#count = [count];
    } else {
      this.#first.push(first);
      this.#count.push(count);
    }
  }

  /** The columns first and count, in the order they were added (`sorted`: ascending, with neighbours joined), leaving this empty. */
  take(sorted = false): [first: Uint32Array, count: Uint32Array] {
    if (sorted && this.#first.length > 1) this.#sort();
    const rows: [Uint32Array, Uint32Array] = [columnOf(this.#first), columnOf(this.#count)];
    this.#first = [];
    this.#count = [];
    return rows;
  }

  #sort(): void {
    const firsts = this.#first;
    const counts = this.#count;
    this.#first = [];
    this.#count = [];
    // Mostly tasks come one by one, and plain numbers are sorted several times faster.
    if (counts.every((count) => count === 1)) {
      for (const task of columnOf(firsts).sort()) this.add(task, 1);
    } else {
      const order = firsts.map((first, at) => ({ first, count: counts[at]! }));
      order.sort((a, b) => a.first - b.first);
      for (const { first, count } of order) this.add(first, count);
    }
  }
}
