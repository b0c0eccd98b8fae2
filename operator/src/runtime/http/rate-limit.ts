/** A token bucket whose waiters are served in the order in which they came (as golang.org/x/time/rate does, which client-go uses). */
import { type Clock, sleep } from '../clock.ts';

export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(clock: Clock, limits: { readonly perSecond: number; readonly burst: number }) {
    this.#clock = clock;
    this.#perSecond = limits.perSecond;
    this.#burst = limits.burst;
    this.#tokens = limits.burst;
    this.#at = clock.now();
  }

  /** Waits for a turn. A caller that gives up gives its token back. */
  async take(signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond) - 1;
    this.#at = now;
    if (this.#tokens >= 0) return;
    await sleep(this.#clock, (-this.#tokens / this.#perSecond) * 1_000, signal);
    if (!signal?.aborted) return;
    this.#tokens += 1;
    signal.throwIfAborted();
  }
}
