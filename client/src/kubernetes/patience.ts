/** How long what is wrong with a cluster is borne, by whom waits for it. Time comes in. */
import type { ClientError } from '../errors.ts';
import { givenUp } from './given-up.ts';
import type { Standing } from './standing.ts';

/** What is wrong and may pass (a registry that hiccups, a node that is being added) has so long to pass, by its reason. */
const GRACE_MS: Readonly<Record<string, number>> = { Unschedulable: 60_000 };
const OTHER_GRACE_MS = 30_000;

export class Patience {
  readonly #name: string;
  readonly #untilMs: number;
  #trouble: { readonly reason: string; readonly sinceMs: number } | undefined;

  constructor(name: string, nowMs: number, timeoutMs: number) {
    this.#name = name;
    this.#untilMs = nowMs + timeoutMs;
  }

  /** Why waiting is over, when it is. */
  ended(standing: Standing, nowMs: number): ClientError | undefined {
    if (standing.is === 'there') return undefined;
    if (standing.is === 'failed') return givenUp.at(this.#name, standing);
    this.#trouble = standing.is === 'stuck' ? this.#since(standing.reason, nowMs) : undefined;
    if (standing.is === 'stuck' && nowMs - (this.#trouble?.sinceMs ?? nowMs) >= graceOf(standing.reason))
      return givenUp.stuck(this.#name, standing.reason, standing.line);
    if (nowMs >= this.#untilMs) return givenUp.late(this.#name, standing.line);
    return undefined;
  }

  #since(reason: string, nowMs: number) {
    return this.#trouble?.reason === reason ? this.#trouble : { reason, sinceMs: nowMs };
  }
}

const graceOf = (reason: string) => GRACE_MS[reason] ?? OTHER_GRACE_MS;
