/**
 * Lanes: ready pieces that ask for the same (priority, resources, workers, concurrency) wait in one queue, so that a lane that cannot go on
 * does not hold up another. Lanes are kept by priority, highest first.
 */
import type { TaskOptions } from '@taskloom/protocol';
import { ReadyQueue } from './ready-queue.ts';

export interface Lane {
  readonly priority: number;
  readonly resources: readonly (readonly [string, number])[];
  /** Names of the workers that may run it; undefined: all. */
  readonly workers: ReadonlySet<string> | undefined;
  /** Tasks that may share a thread. */
  readonly concurrency: number;
  readonly queue: ReadyQueue;
}

export class Lanes {
  readonly sorted: Lane[] = [];
  readonly #byKey = new Map<string, Lane>();

  of({ priority = 0, resources, workers, concurrency = 1 }: TaskOptions): Lane {
    const needs = Object.entries(resources ?? {}).filter(([, amount]) => amount > 0);
    const key = JSON.stringify([priority, needs.sort(), workers ? [...workers].sort() : null, concurrency]);
    const known = this.#byKey.get(key);
    if (known) return known;
    const made: Lane = {
      priority,
      resources: needs,
      workers: workers && new Set(workers),
      concurrency,
      queue: new ReadyQueue(),
    };
    this.#byKey.set(key, made);
    this.sorted.push(made);
    this.sorted.sort((a, b) => b.priority - a.priority);
    return made;
  }
}
