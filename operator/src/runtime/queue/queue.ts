/**
 * Which keys are to be looked at, and when.
 *
 * 1. A key waits at most once, however often it is added.
 * 2. A key that somebody works on is not given out; added meanwhile, it waits again when the work is done.
 * 3. Of several times to come, the earliest counts; being due is being added.
 * 4. Lanes are served in turn.
 * 5. After `shutDown()` nothing is given out that was not given out before.
 */
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { type Instruments, noInstruments } from '../metrics.ts';
import { Lanes } from './lanes.ts';

export interface QueueOptions {
  readonly name: string;
  /** Keys of one lane wait for each other, lanes do not (each key its own). */
  readonly laneOf?: (key: string) => string;
  /** The wait after the first failure of a key, and the longest, in milliseconds; doubled in between. */
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number };
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly instruments?: Instruments;
}

/** controller-runtime waits 5 ms to 1,000 s; a person who repairs something should not wait a quarter of an hour. */
const BACKOFF = { firstMs: 50, mostMs: 60_000 };

export class WorkQueue {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: { readonly firstMs: number; readonly mostMs: number };
  readonly #instruments: Instruments;
  readonly #waiting: Lanes;
  readonly #addedAt = new Map<string, number>();
  readonly #working = new Map<string, number>();
  /** Added while somebody worked on them. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #later = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #drained: (() => void)[] = [];
  #shut = false;

  constructor(options: QueueOptions) {
    this.#name = options.name;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#backoff = options.backoff ?? BACKOFF;
    this.#instruments = options.instruments ?? noInstruments;
    this.#waiting = new Lanes(options.laneOf ?? ((key) => key));
  }

  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string): void {
    if (this.#shut) return;
    this.#cancelLater(key);
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#instruments.workqueueAdds.inc({ name: this.#name });
    this.#addedAt.set(key, this.#clock.now());
    this.#waiting.push(key);
    this.#hand();
  }

  addAfter(key: string, ms: number): void {
    if (this.#shut) return;
    if (ms <= 0) return this.add(key);
    const at = this.#clock.now() + ms;
    const known = this.#later.get(key);
    if (known && known.at <= at) return;
    known?.cancel();
    this.#later.set(key, { at, cancel: this.#clock.after(ms, () => this.add(key)) });
  }

  /** After a failure: later each time, until `forget`. Answers the wait in milliseconds. */
  addAfterFailure(key: string, leastMs = 0): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#instruments.workqueueRetries.inc({ name: this.#name });
    const full = Math.min(this.#backoff.mostMs, this.#backoff.firstMs * 2 ** Math.min(failures, 30));
    const waitMs = Math.max(leastMs, full * (0.5 + this.#random() / 2));
    this.addAfter(key, waitMs);
    return waitMs;
  }

  /** It went well: the next failure is a first one. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, to be given back with `done`; nothing once the queue is shut. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#hand();
    });
  }

  done(key: string): void {
    const began = this.#working.get(key);
    if (began === undefined) throw new Error(`${key} is not being worked on`);
    this.#working.delete(key);
    this.#instruments.workqueueWorkSeconds.observe((this.#clock.now() - began) / 1_000, { name: this.#name });
    if (this.#again.delete(key)) this.add(key);
    if (this.#shut && this.#working.size === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Gives nothing out any more; resolves when what was given out is done. */
  shutDown(): Promise<void> {
    this.#shut = true;
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
    this.#gauge();
    if (this.#working.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** For gauges that grow by themselves: looked at when somebody asks. */
  unfinished(): { readonly seconds: number; readonly longestSeconds: number } {
    const now = this.#clock.now();
    const seconds = [...this.#working.values()].map((began) => (now - began) / 1_000);
    return { seconds: seconds.reduce((sum, one) => sum + one, 0), longestSeconds: Math.max(0, ...seconds) };
  }

  #hand(): void {
    if (this.#shut) {
      for (const resolve of this.#takers.splice(0)) resolve(undefined);
      return;
    }
    while (this.#takers.length > 0) {
      const key = this.#waiting.shift();
      if (key === undefined) break;
      const now = this.#clock.now();
      const waited = now - (this.#addedAt.get(key) ?? now);
      this.#addedAt.delete(key);
      this.#working.set(key, now);
      this.#instruments.workqueueQueueSeconds.observe(waited / 1_000, { name: this.#name });
      this.#takers.shift()?.(key);
    }
    this.#gauge();
  }

  #gauge(): void {
    this.#instruments.workqueueDepth.set(this.#waiting.size, { name: this.#name });
  }

  #cancelLater(key: string): void {
    this.#later.get(key)?.cancel();
    this.#later.delete(key);
  }
}
