/** Pieces by order of arrival, the earliest on top. A piece may be in it that is not wanted any more: the reader skips it. */
export interface Queued {
  readonly seq: number;
  /** Among those that arrived together. */
  readonly first: number;
}

export class SeqHeap<T extends Queued> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] as T;
      if (!before(item, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      if (child < 0 || !before(items[child] as T, last)) break;
      items[at] = items[child] as T;
      at = child;
    }
    items[at] = last;
    return top;
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1;
    if (left >= this.#items.length) return -1;
    const right = left + 1;
    if (right >= this.#items.length) return left;
    return before(this.#items[right] as T, this.#items[left] as T) ? right : left;
  }
}

function before(a: Queued, b: Queued): boolean {
  return a.seq !== b.seq ? a.seq < b.seq : a.first < b.first;
}
