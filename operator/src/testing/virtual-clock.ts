/** A clock whose hands the test turns; whatever is due happens in order, each with all that follows from it. */
import type { Clock } from '../runtime/clock.ts';

/** The day of the tests, in milliseconds since the epoch. */
const EPOCH = Date.UTC(2026, 0, 1);

export class VirtualClock implements Clock {
  #now = 0;
  #wallAhead = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return EPOCH + this.#now + this.#wallAhead;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    const later = this.#timers.findIndex(({ at }) => at > timer.at);
    if (later < 0) this.#timers.push(timer);
    else this.#timers.splice(later, 0, timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let next = this.#timers[0]; next && next.at <= until; next = this.#timers[0]) {
      this.#timers.shift();
      this.#now = next.at;
      next.run();
      await settled();
    }
    this.#now = until;
  }

  /** The machine slept: the clock on the wall went on, nothing else did. */
  sleepThrough(ms: number): void {
    this.#wallAhead += ms;
  }

  /** Time passes in which this process does nothing, not even its timers. */
  freeze(ms: number): void {
    this.#now += ms;
  }
}

/** When all that can happen without time passing has happened. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
