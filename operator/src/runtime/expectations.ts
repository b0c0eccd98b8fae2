/**
 * What we have done and the cache does not show yet: pods created, pods deleted, by UID. A plan made on a cache that lacks
 * them would make them a second time (as the ReplicaSet controller of Kubernetes keeps them; UIDs because names come back).
 *
 * 1. While a key expects anything, its cache is behind what we did ourselves.
 * 2. Seeing the creation, or the deletion, of a UID ends both expectations of it that this answers.
 * 3. What is not seen in time is overdue: the cache is to be listed again, and nothing is forgotten before.
 */
import { type Clock, systemClock } from './clock.ts';

interface Expected {
  readonly key: string;
  readonly what: 'created' | 'deleted';
  readonly since: number;
}

/** A watch tells of a change within milliseconds. */
const OVERDUE_MS = 5_000;

/** What the cache shows of a UID; `going` with a deletionTimestamp. */
export type Shown = 'absent' | 'present' | 'going';

export class Expectations {
  readonly #clock: Clock;
  readonly #look: (uid: string) => Shown;
  readonly #byUid = new Map<string, Expected>();
  readonly #counts = new Map<string, number>();

  constructor(look: (uid: string) => Shown, clock: Clock = systemClock) {
    this.#look = look;
    this.#clock = clock;
  }

  /** To be said after the answer to the request; the watch may have been faster. */
  created(key: string, uid: string): void {
    if (this.#look(uid) === 'absent') this.#expect(uid, { key, what: 'created', since: this.#clock.now() });
  }

  deleted(key: string, uid: string): void {
    if (this.#look(uid) === 'present') this.#expect(uid, { key, what: 'deleted', since: this.#clock.now() });
  }

  /** The cache has heard of this UID. */
  heard(uid: string): void {
    const shown = this.#look(uid);
    const what = this.#byUid.get(uid)?.what;
    if ((what === 'created' && shown === 'present') || shown !== 'present') this.#settle(uid);
  }

  /** True when the cache shows all that we did for this key. */
  met(key: string): boolean {
    return !this.#counts.has(key);
  }

  /** True when something has been waited for so long that the cache must be behind. */
  overdue(key: string): boolean {
    const before = this.#clock.now() - OVERDUE_MS;
    for (const one of this.#byUid.values()) if (one.key === key && one.since <= before) return true;
    return false;
  }

  /** After the cache was listed anew: what is still not there never will be. */
  forget(key: string): void {
    for (const [uid, one] of this.#byUid) if (one.key === key) this.#settle(uid);
  }

  #expect(uid: string, expected: Expected): void {
    this.#settle(uid);
    this.#byUid.set(uid, expected);
    this.#counts.set(expected.key, (this.#counts.get(expected.key) ?? 0) + 1);
  }

  #settle(uid: string): void {
    const expected = this.#byUid.get(uid);
    if (!expected) return;
    this.#byUid.delete(uid);
    const left = (this.#counts.get(expected.key) ?? 1) - 1;
    if (left > 0) this.#counts.set(expected.key, left);
    else this.#counts.delete(expected.key);
  }
}
