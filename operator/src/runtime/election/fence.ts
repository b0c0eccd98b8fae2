/** What a leader may do it may do until the renewed lease is about to end, to the millisecond and whatever the timers do. */
import type { Clock } from '../clock.ts';

/** Somebody else may lead by now: what was being written is not written. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
  readonly code = 'not-leader';
  readonly retryable = false;
}

export class Fence {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #until: { readonly now: number; readonly wall: number };
  #cancel: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#until = { now: clock.now(), wall: clock.wall() };
  }

  /** Aborted when leading is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The lease was renewed by a request that was sent at `sent`. */
  extend(sent: { readonly now: number; readonly wall: number }, ms: number): void {
    this.#until = { now: sent.now + ms, wall: sent.wall + ms };
    this.#cancel();
    if (ms !== Number.POSITIVE_INFINITY)
      this.#cancel = this.#clock.after(this.#until.now - this.#clock.now(), () => this.#look());
  }

  drop(reason: string): void {
    this.#cancel();
    this.#controller.abort(new NotLeaderError(`stopped leading: ${reason}`));
  }

  /** Throws when leading is over. Asked before each write, since a busy process may be late with its timers. */
  check(): void {
    this.#look();
    this.#controller.signal.throwIfAborted();
  }

  /** Both clocks count: a machine that slept knows it only by the one on the wall. */
  #look(): void {
    const over = this.#clock.now() >= this.#until.now || this.#clock.wall() >= this.#until.wall;
    if (over && !this.signal.aborted) this.drop('the lease was not renewed in time');
  }
}
