/** Asks the schedulers how they are: often while something changes, seldom while nothing does, and never in anybody's way. */
import type { AdminDoors, SchedulerAddress } from '../admin/client.ts';
import type { SchedulerView } from '../observed/scheduler.ts';
import { type Clock, systemClock } from '../runtime/index.ts';
import { saysTheSame } from './memory.ts';

export interface SchedulerWatchOptions {
  readonly admin: Pick<AdminDoors, 'status'>;
  /** What is known of the cluster's scheduler has changed. */
  readonly changed: (key: string) => void;
  readonly clock?: Clock;
}

interface Aim {
  address: SchedulerAddress;
  view: SchedulerView;
  waitMs: number;
  asking: Promise<void> | undefined;
  /** Asked to hurry while it was asking. */
  hurry: number | undefined;
  nextAt: number;
  cancel: () => void;
  readonly stop: AbortController;
}

/** While things change, in milliseconds. */
const BUSY_MS = 2_000;
/** Each answer like the one before makes the next question later by this factor, up to the longest. */
const SLOWER = 1.25;
const QUIET_MS = 10_000;
/** A door that does not answer: it may be about to open. */
const SHUT_MS = 500;

export class SchedulerWatch {
  readonly #options: SchedulerWatchOptions;
  readonly #clock: Clock;
  readonly #aims = new Map<string, Aim>();

  constructor(options: SchedulerWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Where the cluster's scheduler is now, if it is anywhere. */
  aim(key: string, address: SchedulerAddress | undefined): void {
    const known = this.#aims.get(key);
    if (!address) return this.forget(key);
    if (known && sameAddress(known.address, address)) return;
    const since = known && !known.view.known ? known.view.since : this.#clock.wall();
    known?.stop.abort();
    known?.cancel();
    const view: SchedulerView =
      known?.view.known === true && known.address.host === address.host
        ? known.view
        : { known: false, since, because: 'it was not asked yet' };
    const aim: Aim = {
      ...{ address, view, waitMs: BUSY_MS, asking: undefined, hurry: undefined, nextAt: 0 },
      cancel: () => {},
      stop: new AbortController(),
    };
    this.#aims.set(key, aim);
    this.#schedule(key, aim, 0);
  }

  view(key: string): SchedulerView | undefined {
    return this.#aims.get(key)?.view;
  }

  address(key: string): SchedulerAddress | undefined {
    return this.#aims.get(key)?.address;
  }

  /** Something happens there: ask within `ms`. */
  hurry(key: string, ms: number): void {
    const aim = this.#aims.get(key);
    if (!aim) return;
    aim.waitMs = BUSY_MS;
    if (aim.asking) aim.hurry = Math.min(ms, aim.hurry ?? ms);
    else if (this.#clock.now() + ms < aim.nextAt) this.#schedule(key, aim, ms);
  }

  /** Asks now; resolves when the answer, or that there is none, is in the view. */
  async ask(key: string): Promise<void> {
    const aim = this.#aims.get(key);
    if (!aim) return;
    await aim.asking;
    aim.cancel();
    await this.#ask(key, aim);
  }

  forget(key: string): void {
    const aim = this.#aims.get(key);
    aim?.stop.abort();
    aim?.cancel();
    this.#aims.delete(key);
  }

  stop(): void {
    for (const key of [...this.#aims.keys()]) this.forget(key);
  }

  #schedule(key: string, aim: Aim, ms: number): void {
    aim.cancel();
    aim.nextAt = this.#clock.now() + ms;
    aim.cancel = this.#clock.after(ms, () => void this.#ask(key, aim));
  }

  #ask(key: string, aim: Aim): Promise<void> {
    aim.asking ??= this.#exchange(key, aim).finally(() => {
      aim.asking = undefined;
      if (this.#aims.get(key) !== aim) return;
      const ms = Math.min(aim.waitMs, aim.hurry ?? aim.waitMs);
      aim.hurry = undefined;
      this.#schedule(key, aim, ms);
    });
    return aim.asking;
  }

  async #exchange(key: string, aim: Aim): Promise<void> {
    const before = aim.view;
    try {
      const status = await this.#options.admin.status(aim.address, aim.stop.signal);
      aim.view = { known: true, at: this.#clock.wall(), status };
    } catch (error) {
      if (aim.stop.signal.aborted) return;
      const since = before.known ? before.at : before.since;
      aim.view = { known: false, since, because: error instanceof Error ? error.message : String(error) };
    }
    const same = saysTheSame(before, aim.view);
    if (!aim.view.known) aim.waitMs = same ? Math.min(QUIET_MS, aim.waitMs * SLOWER) : SHUT_MS;
    else aim.waitMs = same ? Math.min(QUIET_MS, aim.waitMs * SLOWER) : BUSY_MS;
    if (!same && this.#aims.get(key) === aim) this.#options.changed(key);
  }
}

const sameAddress = (a: SchedulerAddress, b: SchedulerAddress) =>
  a.host === b.host && a.port === b.port && a.ca === b.ca && a.token === b.token;
