/** Who waits until workers that are to leave have nothing left that matters. */
import type { State } from './core/index.ts';

interface Waiting {
  /** As the scheduler numbers them: a worker that comes by an old name is another. */
  readonly workers: Set<number>;
  then(): void;
}

export class Retirements {
  readonly #state: State;
  readonly #waiting = new Set<Waiting>();

  constructor(state: State) {
    this.#state = state;
  }

  /** `then` is called once these workers are drained or gone. */
  wait(workers: Iterable<number>, then: () => void): void {
    this.#waiting.add({ workers: new Set(workers), then });
    this.look();
  }

  /** After each step: somebody may have waited for it. */
  look(): void {
    for (const waiting of this.#waiting) {
      for (const number of waiting.workers) {
        const worker = this.#state.workers.get(number);
        if (!worker || worker.retirement?.isDone) waiting.workers.delete(number);
      }
      if (waiting.workers.size > 0) continue;
      this.#waiting.delete(waiting);
      waiting.then();
    }
  }
}
