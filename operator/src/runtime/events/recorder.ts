/**
 * Tells people what happened, as Events of events.k8s.io/v1: it has `action`, `reportingController` and a `series` that counts, and
 * kubectl shows it like any other. Telling never waits and never fails what is told about.
 */
import type { Kube } from '../api.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { KubeObject } from '../objects.ts';
import { resource } from '../resources.ts';
import { type Note, Similar } from './similar.ts';

interface KubeEvent extends KubeObject {
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly regarding: Note['regarding'];
  readonly note: string;
  readonly type: string;
}

export const EVENTS = resource<KubeEvent>('events.k8s.io/v1', 'Event', 'events');

export interface RecorderOptions {
  readonly kube: Kube;
  readonly controller: string;
  /** Which replica tells. */
  readonly instance: string;
  readonly clock?: Clock;
  readonly failed?: (error: unknown) => void;
}

/** Counts are written this long after the first repetition, all at once, in milliseconds. */
const COUNT_MS = 10_000;
/** More than this is not kept waiting; what nobody can write down in time is old news. */
const MOST_WAITING = 500;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #similar = new Similar();
  /** The event in the API that a key counts up. */
  readonly #written = new Map<string, { readonly namespace: string; readonly name: string }>();
  readonly #counts = new Map<string, { count: number; readonly cancel: () => void }>();
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #minted = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  record(note: Note): void {
    const now = this.#clock.now();
    const verdict = this.#similar.judge(note, now);
    if (verdict.tell === 'first') {
      this.#tidy(now);
      this.#enqueue(() => this.#create(verdict.key, { ...note, note: verdict.note }));
    } else if (verdict.tell === 'again') this.#count(verdict.key, verdict.count);
  }

  /** Resolves when all that was told is written. */
  async flush(): Promise<void> {
    for (const [key, { count, cancel }] of this.#counts) {
      cancel();
      this.#enqueue(() => this.#recount(key, count));
    }
    this.#counts.clear();
    await this.#last;
  }

  #count(key: string, count: number): void {
    const known = this.#counts.get(key);
    if (known) {
      known.count = count;
      return;
    }
    const entry = { count, cancel: () => {} };
    entry.cancel = this.#clock.after(COUNT_MS, () => {
      this.#counts.delete(key);
      this.#enqueue(() => this.#recount(key, entry.count));
    });
    this.#counts.set(key, entry);
  }

  #enqueue(write: () => Promise<void>): void {
    if (this.#waiting >= MOST_WAITING) return;
    this.#waiting++;
    this.#last = this.#last.then(write).then(
      () => void this.#waiting--,
      (error) => {
        this.#waiting--;
        this.#options.failed?.(error);
      },
    );
  }

  async #create(key: string, { regarding, type, reason, action, note }: Note): Promise<void> {
    const { kube, controller, instance } = this.#options;
    const { namespace } = regarding;
    const wall = this.#clock.wall();
    const name = `${regarding.name}.${Math.round(wall * 1_000 + (this.#minted++ % 1_000)).toString(16)}`;
    await kube.create(EVENTS, {
      metadata: { namespace, name },
      eventTime: micro(wall),
      reportingController: controller,
      reportingInstance: instance,
      ...{ action, reason, regarding, note, type },
    });
    this.#written.set(key, { namespace, name });
  }

  async #recount(key: string, count: number): Promise<void> {
    const at = this.#written.get(key);
    if (!at) return;
    const lastObservedTime = micro(this.#clock.wall());
    await this.#options.kube.merge(EVENTS, at, { series: { count, lastObservedTime } });
  }

  #tidy(now: number): void {
    this.#similar.tidy(now);
    for (const key of this.#written.keys()) {
      if (!this.#similar.knows(key)) this.#written.delete(key);
    }
  }
}

/** Event times have microseconds. */
const micro = (wall: number) => new Date(wall).toISOString().replace('Z', '000Z');
