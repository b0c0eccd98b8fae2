/**
 * Large values on their way from the workers that hold them. A value that cannot be had is asked for again, since the scheduler may
 * know another place by then; one that cannot be had for long fails, and says where it was.
 */

import type { StoredBlock } from '@taskloom/protocol/door';
import type { Place } from './core/events.ts';
import type { DataDoors } from './door/port.ts';
import { ClientError } from './errors.ts';
import type { Workers } from './workers.ts';

/** Waits between attempts, in milliseconds: long enough in sum for the scheduler to notice that a worker is lost. */
export const PATIENCE_MS = [0, 10, 50, 250, 1_000, 2_000, 4_000, 8_000, 16_000];

export interface Fetched {
  arrived(block: StoredBlock): void;
  /** Ask again where it is. */
  again(): void;
  failed(error: Error): void;
}

export class Fetching {
  readonly #workers: Workers;
  readonly #doors: DataDoors;
  readonly #failures = new Map<number, number>();

  constructor(workers: Workers, doors: DataDoors) {
    this.#workers = workers;
    this.#doors = doors;
  }

  async fetch(task: number, place: Place, fetched: Fetched): Promise<void> {
    const worker = this.#workers.get(place.worker);
    const address = worker?.address ?? 'an address not known here';
    let block: StoredBlock;
    try {
      if (!worker) throw new Error('it is not among the workers');
      block = await this.#doors.get(worker, place.batch, place.index);
    } catch (cause) {
      this.#failed(task, fetched, `worker ${worker?.name ?? place.worker} at ${address}`, cause as Error);
      return;
    }
    this.#failures.delete(task);
    fetched.arrived(block);
  }

  #failed(task: number, fetched: Fetched, where: string, cause: Error): void {
    const failures = this.#failures.get(task) ?? 0;
    const waitMs = PATIENCE_MS[failures];
    this.#failures.set(task, failures + 1);
    if (waitMs !== undefined) {
      setTimeout(() => fetched.again(), waitMs).unref();
      return;
    }
    this.#failures.delete(task);
    fetched.failed(
      new ClientError(
        'unreachable',
        `a value of ${where} cannot be fetched (${cause.message}): ${this.#doors.advice}`,
        { cause },
      ),
    );
  }
}
