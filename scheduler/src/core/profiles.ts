/** How long the tasks of a function take, measured; by function, so that the next batch of it starts with what is known. */
import type { FunctionRef } from '@taskloom/protocol';

export interface Profile {
  /** Mean run time of a task in microseconds; 0 while unknown. */
  micros: number;
}

/** Weight of a new measurement: about the last eight reports count. */
const WEIGHT = 0.25;
/** Profiles kept; the oldest go first. */
const KEPT = 10_000;
/** Below this the worker's own overhead is what counts, in microseconds. */
const SHORTEST_MICROS = 0.3;

export class Profiles {
  readonly #known = new Map<string, Profile>();

  of(fn: FunctionRef): Profile {
    const key = `${fn.name}\n${fn.sources.join('\n')}`;
    let profile = this.#known.get(key);
    if (!profile) {
      profile = { micros: 0 };
      this.#known.set(key, profile);
      if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value as string);
    }
    return profile;
  }
}

export function measured(profile: Profile, micros: number, tasks: number): void {
  const mean = Math.max(micros / tasks, SHORTEST_MICROS);
  profile.micros = profile.micros === 0 ? mean : profile.micros + WEIGHT * (mean - profile.micros);
}
