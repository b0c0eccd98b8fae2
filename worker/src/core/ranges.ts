/**
 * Owns: what is known of each index, kept as runs of consecutive indices that share a value.
 *
 * 1. Segments are sorted, not empty, and do not overlap.
 * 2. Results go one by one, in no order: what is deleted leaves a hole in its place (a segment without value), since closing it
 *    would move all that follow. Holes are swept when they outnumber what is known.
 */
export interface Segment<T> {
  readonly first: number;
  readonly end: number;
  readonly value: T;
}

/** So few holes cost nothing. */
const FEW_HOLES = 16;

export class Ranges<T> {
  #segments: Segment<T | undefined>[] = [];
  #holes = 0;

  get isEmpty(): boolean {
    return this.#segments.length === this.#holes;
  }

  get segments(): readonly Segment<T>[] {
    this.#sweep();
    return this.#segments as Segment<T>[];
  }

  at(index: number): T | undefined {
    const segment = this.#segments[this.#reach(index)];
    return segment !== undefined && segment.first <= index ? segment.value : undefined;
  }

  set(first: number, end: number, value: T): void {
    const at = this.#reach(first);
    const there = this.#segments[at];
    if (there === undefined) this.#append({ first, end, value });
    else if (there.first === first && there.end === end) this.#put(at, { first, end, value });
    else if (there.first >= end) this.#segments.splice(at, 0, { first, end, value });
    else this.#cut(first, end, at, { first, end, value });
  }

  delete(first: number, end: number): void {
    const at = this.#reach(first);
    const there = this.#segments[at];
    if (there === undefined || there.first >= end) return;
    if (there.first !== first || there.end !== end) return this.#cut(first, end, at, undefined);
    this.#put(at, { first, end, value: undefined });
    if (this.#holes > FEW_HOLES && 2 * this.#holes > this.#segments.length) this.#sweep();
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
      if (next.value === undefined) continue;
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

  #put(at: number, segment: Segment<T | undefined>): void {
    if (this.#segments[at]!.value === undefined) this.#holes--;
    if (segment.value === undefined) this.#holes++;
    this.#segments[at] = segment;
  }

  #sweep(): void {
    if (this.#holes === 0) return;
    this.#segments = this.#segments.filter(({ value }) => value !== undefined);
    this.#holes = 0;
  }

  #cut(first: number, end: number, at: number, put: Segment<T> | undefined): void {
    const kept: Segment<T>[] = [];
    let until = at;
    const keep = (from: number, to: number, value: T | undefined) => {
      if (from < to && value !== undefined) kept.push({ first: from, end: to, value });
    };
    const head = this.#segments[at]!;
    keep(head.first, first, head.value);
    if (put) kept.push(put);
    while (until < this.#segments.length && this.#segments[until]!.first < end) {
      if (this.#segments[until]!.value === undefined) this.#holes--;
      until++;
    }
    const tail = this.#segments[until - 1]!;
    keep(end, tail.end, tail.value);
    if (kept.length === 1 && until === at + 1) this.#segments[at] = kept[0]!;
    else this.#segments.splice(at, until - at, ...kept);
  }
}
