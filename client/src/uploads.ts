/** Scattered data on its way: kept until every copy is where the scheduler wants it. */
import type { MessageOf, Put } from '@taskloom/protocol';
import type { Parts } from '@taskloom/protocol/values';
import type { DataDoors } from './door/port.ts';
import type { Workers } from './workers.ts';

export class Uploads {
  readonly #parts = new Map<number, Parts>();
  readonly #workers: Workers;
  #doors: DataDoors | undefined;

  constructor(workers: Workers) {
    this.#workers = workers;
  }

  open(doors: DataDoors): void {
    this.#doors = doors;
  }

  add(task: number, parts: Parts): void {
    this.#parts.set(task, parts);
  }

  /** The scheduler says where each goes. A copy that does not arrive is its business: it knows when the worker is lost. */
  put(message: MessageOf<typeof Put>): void {
    for (let row = 0; row < message.task.length; row++) {
      const parts = this.#parts.get(message.task[row]!);
      const worker = this.#workers.get(message.worker[row]!);
      if (!parts || !worker) continue;
      this.#doors?.put(worker.address, message.batch[row]!, message.index[row]!, parts).catch(() => {});
    }
  }

  /** Done, failed or released: its bytes need not be kept. */
  forget(first: number, count: number): void {
    if (this.#parts.size === 0) return;
    if (count === 1) this.#parts.delete(first);
    else
      for (const task of this.#parts.keys())
        if (task >= first && task < first + count) this.#parts.delete(task);
  }
}
