/**
 * Owns: which pieces wait for which results of one batch.
 *
 * 1. A waiter whose piece does not wait any more may still be in it; it is never given out. Such are at most as many as those that
 *    waited when it was swept last, and SWEPT.
 */
import type { Piece } from './state.ts';

export interface Waiter {
  readonly piece: Piece;
  readonly first: number;
  readonly end: number;
}

/** Waiters for more than this many indices are kept apart, so that looking for the others stays local. */
const NARROW = 64;
/** So few that wait no more cost nothing where somebody looks; to close their holes moves all that follow. */
const FEW_DEAD = 8;
/** And so many cost nothing where nobody does. */
const SWEPT = 64;

/** Shared by all that nobody waits for, which are most; never changed. */
const NOBODY: Waiter[] = [];

export class Waiters {
  /** Sorted by first. */
  #narrow: Waiter[] = NOBODY;
  /** For how many indices the widest of them waits, or waited. */
  #widest = 0;
  /** So long the list may become before it is swept again. */
  #sweptAt = SWEPT;
  #wide: Waiter[] = NOBODY;

  get size(): number {
    return this.#narrow.length + this.#wide.length;
  }

  get empty(): boolean {
    return this.size === 0;
  }

  get nobodyWaits(): boolean {
    if (this.empty) return true;
    this.#wide = living(this.#wide);
    this.#narrow = living(this.#narrow);
    return this.empty;
  }

  add(waiter: Waiter): void {
    const width = waiter.end - waiter.first;
    if (width > NARROW) {
      this.#wide = [...this.#wide, waiter];
      return;
    }
    this.#widest = Math.max(this.#widest, width);
    if (this.#narrow.length >= this.#sweptAt) {
      this.#narrow = living(this.#narrow);
      this.#sweptAt = Math.max(SWEPT, 2 * this.#narrow.length);
    }
    if (this.#narrow.length === 0) this.#narrow = [waiter];
    else if (this.#narrow.at(-1)!.first <= waiter.first) this.#narrow.push(waiter);
    else this.#narrow.splice(this.#from(waiter.first), 0, waiter);
  }

  /** Those that wait for any of [first, end). */
  over(first: number, end: number): readonly Waiter[] {
    if (this.empty) return NOBODY;
    const found: Waiter[] = [];
    if (this.#wide.length > 0) this.#wide = living(this.#wide);
    for (const waiter of this.#wide) if (waiter.first < end && waiter.end > first) found.push(waiter);
    const from = this.#from(first - this.#widest + 1);
    let at = from;
    let dead = 0;
    for (; at < this.#narrow.length; at++) {
      const waiter = this.#narrow[at] as Waiter;
      if (waiter.first >= end) break;
      if (waiter.piece.phase !== 'waiting') dead++;
      else if (waiter.end > first) found.push(waiter);
    }
    if (dead > FEW_DEAD) this.#narrow.splice(from, at - from, ...living(this.#narrow.slice(from, at)));
    return found;
  }

  /** The place of the first that begins at `first` or later. */
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
}

function living(waiters: Waiter[]): Waiter[] {
  const waiting = waiters.filter(({ piece }) => piece.phase === 'waiting');
  return waiting.length > 0 ? waiting : NOBODY;
}
