/** Scattered data on its way: kept until every copy is where the scheduler wants it. */
import type { MessageOf, Put, WorkerInfo } from '@taskloom/protocol';
import type { Parts } from '@taskloom/protocol/values';
import type { DataDoors } from './door/port.ts';
import { ClientError } from './errors.ts';
import { PATIENCE_MS } from './fetching.ts';
import type { Workers } from './workers.ts';

interface Copy {
  readonly worker: number;
  readonly batch: number;
  readonly index: number;
}

export class Uploads {
  readonly #parts = new Map<number, Parts>();
  readonly #workers: Workers;
  readonly #failed: (task: number, error: Error) => void;
  #doors: DataDoors | undefined;

  /** `failed`: a copy could not be brought for so long that those who wait are told. */
  constructor(workers: Workers, failed: (task: number, error: Error) => void) {
    this.#workers = workers;
    this.#failed = failed;
  }

  open(doors: DataDoors): void {
    this.#doors = doors;
  }

  add(task: number, parts: Parts): void {
    this.#parts.set(task, parts);
  }

  /** The scheduler says where each goes. */
  put({ task, worker, batch, index }: MessageOf<typeof Put>): void {
    for (let row = 0; row < task.length; row++)
      void this.#bring(task[row]!, { worker: worker[row]!, batch: batch[row]!, index: index[row]! });
  }

  async #bring(task: number, place: Copy): Promise<void> {
    const worker = this.#workers.get(place.worker);
    let cause: unknown;
    for (const waitMs of PATIENCE_MS) {
      const parts = this.#parts.get(task);
      // Nobody wants it any more; or its worker is lost, which the scheduler knows and tells.
      if (!parts || !worker || !this.#doors || !this.#workers.get(place.worker)) return;
      try {
        return await this.#doors.put(worker, place.batch, place.index, parts);
      } catch (error) {
        cause = error;
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      }
    }
    this.#failed(task, this.#unreachable(worker, cause as Error));
  }

  #unreachable(worker: WorkerInfo | undefined, cause: Error): ClientError {
    const where = `worker ${worker?.name} at ${worker?.address}`;
    return new ClientError(
      'unreachable',
      `scattered data cannot be brought to ${where} (${cause.message}): ${this.#doors?.advice}`,
      { cause },
    );
  }

  /** Done or failed: its bytes need not be kept. What is released some task may need, until the scheduler says otherwise. */
  forget(first: number, count: number): void {
    if (this.#parts.size === 0) return;
    if (count === 1) this.#parts.delete(first);
    else
      for (const task of this.#parts.keys())
        if (task >= first && task < first + count) this.#parts.delete(task);
  }
}
