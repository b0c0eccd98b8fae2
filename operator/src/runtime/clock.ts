/** Time as the runtime sees it: tests turn the hands. */
export interface Clock {
  /** Milliseconds that only grow; for durations. */
  now(): number;
  /** Milliseconds since the epoch; for what is written down. */
  wall(): number;
  /** Calls back once, `ms` from now; the answer cancels that. */
  after(ms: number, run: () => void): () => void;
}

/** The longest that a Node timer can wait; more would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`, or until the signal says that waiting is over; the caller looks at the signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/** A signal that follows another, and is aborted too when nothing was heard for `ms`. */
export class Silence {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #outer: AbortSignal | undefined;
  readonly #reason: () => Error;
  #heardAt: number;
  #cancel: () => void;

  constructor(clock: Clock, ms: number, reason: () => Error, outer?: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#reason = reason;
    this.#outer = outer;
    this.#heardAt = clock.now();
    this.#cancel = clock.after(ms, this.#look);
    outer?.addEventListener('abort', this.#follow, { once: true });
    if (outer?.aborted) this.#follow();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  end(): void {
    this.#cancel();
    this.#outer?.removeEventListener('abort', this.#follow);
  }

  readonly #follow = () => this.#controller.abort(this.#outer?.reason);

  /** One timer for many bytes: it is set anew only when it fires. */
  readonly #look = () => {
    const left = this.#heardAt + this.#ms - this.#clock.now();
    if (left > 0) this.#cancel = this.#clock.after(left, this.#look);
    else this.#controller.abort(this.#reason());
  };
}
