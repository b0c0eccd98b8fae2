/**
 * Owns: what is known of each index, kept as runs of consecutive indices that share a value.
 *
 * 1. Segments are sorted, not empty, and do not overlap.
 */
export interface Segment<T> {
  readonly first: number;
  readonly end: number;
  readonly value: T;
}

export class Ranges<T> {
  #segments: Segment<T>[] = [];

  get segments(): readonly Segment<T>[] {
    return this.#segments;
  }

  at(index: number): T | undefined {
    const segment = this.#segments[this.#reach(index)];
    return segment !== undefined && segment.first <= index ? segment.value : undefined;
  }

  set(first: number, end: number, value: T): void {
    const at = this.#reach(first);
    const there = this.#segments[at];
    if (there === undefined) this.#append({ first, end, value });
    else if (there.first === first && there.end === end) this.#segments[at] = { first, end, value };
    else if (there.first >= end) this.#segments.splice(at, 0, { first, end, value });
    else this.#cut(first, end, at, { first, end, value });
  }

  delete(first: number, end: number): void {
    const at = this.#reach(first);
    const there = this.#segments[at];
    if (there !== undefined && there.first < end) this.#cut(first, end, at, undefined);
  }

  /** All of [first, end) in order; holes have no value. */
  over(first: number, end: number): Segment<T | undefined>[] {
    let at = this.#reach(first);
    const there = this.#segments[at];
    if (there !== undefined && there.first === first && there.end === end) return [there];
    const found: Segment<T | undefined>[] = [];
    let from = first;
    for (; from < end; at++) {
      const next = this.#segments[at];
      if (next === undefined || next.first >= end) break;
      if (next.first > from) found.push({ first: from, end: next.first, value: undefined });
      const until = Math.min(next.end, end);
      found.push({ first: Math.max(next.first, from), end: until, value: next.value });
      from = until;
    }
    if (from < end) found.push({ first: from, end, value: undefined });
    return found;
  }

  /** Most have one segment for all their life: an array made with it takes no room for more. */
  #append(segment: Segment<T>): void {
    if (this.#segments.length === 0) this.#segments = [segment];
    else this.#segments.push(segment);
  }

  /** The place of the first segment that ends after `index`. */
  #reach(index: number): number {
    const segments = this.#segments;
    let low = 0;
    let high = segments.length;
    // News comes mostly in order: look at the last segment first.
    if (high > 0 && segments[high - 1]!.end <= index) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (segments[middle]!.end <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cut(first: number, end: number, at: number, put: Segment<T> | undefined): void {
    const kept: Segment<T>[] = [];
    let until = at;
    const head = this.#segments[at] as Segment<T>;
    if (head.first < first) kept.push({ first: head.first, end: first, value: head.value });
    if (put) kept.push(put);
    while (until < this.#segments.length && this.#segments[until]!.first < end) until++;
    const tail = this.#segments[until - 1] as Segment<T>;
    if (tail.end > end) kept.push({ first: end, end: tail.end, value: tail.value });
    this.#segments.splice(at, until - at, ...kept);
  }
}
