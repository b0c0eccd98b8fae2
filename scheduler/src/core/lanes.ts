/**
 * Lanes: ready pieces that ask for the same (priority, resources, workers, concurrency) wait in one queue, so that a lane that cannot
 * go on does not hold up another.
 *
 * 1. A lane is there while a batch is in it.
 * 2. Those with something in their queue are known, so that a step costs nothing for the others: there may be as many as priorities.
 */
import type { TaskOptions } from '@taskloom/protocol';
import { ReadyQueue } from './ready-queue.ts';

export interface Lane {
  readonly key: string;
  readonly priority: number;
  readonly resources: readonly (readonly [string, number])[];
  /** Names of the workers that may run it; undefined: all. */
  readonly workers: ReadonlySet<string> | undefined;
  /** Tasks that may share a thread; undefined: as many as its worker says. */
  readonly concurrency: number | undefined;
  readonly queue: ReadyQueue;
  batches: number;
}

const NO_NEEDS: [string, number][] = [];

export class Lanes {
  readonly #byKey = new Map<string, Lane>();
  /** Every lane with something in its queue, and perhaps some that were emptied since they were last asked for. */
  readonly #waiting = new Set<Lane>();
  /** Lanes with a priority that somebody gave. */
  #ranked = 0;
  /** The lane that was entered last, perhaps left since: mostly the next batch has the same options. */
  #last: { readonly options: TaskOptions; readonly lane: Lane } | undefined;

  /** The lane of a batch that comes in. */
  enter(options: TaskOptions): Lane {
    const last = this.#last?.options === options ? this.#last.lane : undefined;
    const lane = last ? (this.#byKey.get(last.key) ?? last) : this.#laneOf(options);
    if (lane !== last) this.#last = { options, lane };
    if (lane.batches++ > 0) return lane;
    this.#byKey.set(lane.key, lane);
    if (lane.priority !== 0) this.#ranked++;
    return lane;
  }

  #laneOf({ priority = 0, resources, workers, concurrency }: TaskOptions): Lane {
    const needs = resources ? Object.entries(resources).filter(([, amount]) => amount > 0) : NO_NEEDS;
    const special = needs.length > 0 || workers ? [needs.sort(), workers ? [...workers].sort() : null] : '';
    const key = `${priority} ${concurrency} ${special && JSON.stringify(special)}`;
    const known = this.#byKey.get(key);
    if (known) return known;
    return {
      key,
      priority,
      resources: needs,
      workers: workers && new Set(workers),
      concurrency,
      queue: new ReadyQueue(),
      batches: 0,
    };
  }

  /** A batch goes. */
  leave(lane: Lane): void {
    if (--lane.batches > 0) return;
    this.#byKey.delete(lane.key);
    if (lane.priority !== 0) this.#ranked--;
    // What is left in its queue is stale: the pieces went before their batches.
    lane.queue.length = 0;
    this.#waiting.delete(lane);
    if (this.#last?.lane === lane && !lane.queue.isSmall) this.#last = undefined;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Nobody gave a priority, so no task goes before another. */
  get areLevel(): boolean {
    return this.#ranked === 0;
  }

  push(lane: Lane, p: number, key: number, generation: number): void {
    if (lane.queue.length === 0) this.#waiting.add(lane);
    lane.queue.push(p, key, generation);
  }

  /** Lanes with something in their queue: by priority, and among equals by which was submitted first. */
  waiting(): Lane[] {
    const lanes: Lane[] = [];
    for (const lane of this.#waiting)
      if (lane.queue.length > 0) lanes.push(lane);
      else this.#waiting.delete(lane);
    if (lanes.length > 1)
      lanes.sort((a, b) => b.priority - a.priority || a.queue.topKey() - b.queue.topKey());
    return lanes;
  }
}
