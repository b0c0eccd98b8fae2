/** How long to wait before trying again: doubling, bounded, and never in step with the neighbours. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** A number from 0 up to 1, for the jitter. */
  readonly random?: () => number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  get failures(): number {
    return this.#failures;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Between half of the doubled time and all of it. */
  next(): number {
    const { firstMs, mostMs, random = Math.random } = this.#options;
    const full = Math.min(mostMs, firstMs * 2 ** Math.min(this.#failures++, 30));
    return full * (0.5 + random() / 2);
  }
}
