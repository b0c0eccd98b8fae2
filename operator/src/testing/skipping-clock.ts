/** A clock that goes as the real one does, and leaps ahead when the test says so: for tests with a real API server, which knows no other time. */
import { type Clock, systemClock } from '../runtime/clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
  cancel: () => void;
}

export class SkippingClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  wall(): number {
    return systemClock.wall() + this.#aheadMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.now() + Math.max(0, ms), run, cancel: () => {} };
    this.#timers.add(timer);
    this.#wind(timer);
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  }

  /** What comes due runs at once, in its order. */
  skip(ms: number): void {
    this.#aheadMs += ms;
    const inOrder = [...this.#timers].sort((a, b) => a.at - b.at);
    for (const timer of inOrder) {
      timer.cancel();
      // An earlier one may have cancelled it.
      if (!this.#timers.has(timer)) continue;
      if (timer.at <= this.now()) this.#ring(timer);
      else this.#wind(timer);
    }
  }

  #wind(timer: Timer): void {
    timer.cancel = systemClock.after(timer.at - this.now(), () => this.#ring(timer));
  }

  #ring(timer: Timer): void {
    this.#timers.delete(timer);
    timer.run();
  }
}
