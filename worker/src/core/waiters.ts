/**
 * Owns: which pieces wait for which results of one batch.
 *
 * 1. A waiter whose piece does not wait any more may still be in it; it is never given out.
 */
import type { Piece } from './state.ts';

export interface Waiter {
  readonly piece: Piece;
  readonly first: number;
  readonly end: number;
}

/** Waiters for more than this many indices are kept apart, so that looking for the others stays local. */
const NARROW = 64;

/** Shared by all that nobody waits for, which are most; never changed. */
const NOBODY: Waiter[] = [];

export class Waiters {
  /** Sorted by first. */
  #narrow: Waiter[] = NOBODY;
  #wide: Waiter[] = NOBODY;

  get empty(): boolean {
    return this.#narrow.length === 0 && this.#wide.length === 0;
  }

  get nobodyWaits(): boolean {
    return this.over(0, Number.POSITIVE_INFINITY).length === 0;
  }

  add(waiter: Waiter): void {
    if (waiter.end - waiter.first > NARROW) this.#wide = [...this.#wide, waiter];
    else if (this.#narrow.length === 0) this.#narrow = [waiter];
    else if (this.#narrow.at(-1)!.first <= waiter.first) this.#narrow.push(waiter);
    else this.#narrow.splice(this.#from(waiter.first), 0, waiter);
  }

  /** Those that wait for any of [first, end). */
  over(first: number, end: number): Waiter[] {
    if (this.empty) return [];
    const found: Waiter[] = [];
    if (this.#wide.length > 0) this.#wide = this.#wide.filter(({ piece }) => piece.phase === 'waiting');
    for (const waiter of this.#wide) if (waiter.first < end && waiter.end > first) found.push(waiter);
    const from = this.#from(first - NARROW);
    let at = from;
    let dead = 0;
    for (; at < this.#narrow.length; at++) {
      const waiter = this.#narrow[at] as Waiter;
      if (waiter.first >= end) break;
      if (waiter.piece.phase !== 'waiting') dead++;
      else if (waiter.end > first) found.push(waiter);
    }
    if (dead > 0) this.#bury(from, at);
    return found;
  }

  #from(first: number): number {
    let low = 0;
    let high = this.#narrow.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#narrow[middle]!.first < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #bury(from: number, to: number): void {
    if (to - from === this.#narrow.length && this.#narrow.length === 1) {
      this.#narrow = NOBODY;
      return;
    }
    const living = this.#narrow.slice(from, to).filter(({ piece }) => piece.phase === 'waiting');
    this.#narrow.splice(from, to - from, ...living);
  }
}
