/** Where the other workers are, and what is got from them. */
import type { WorkerInfo } from '@taskloom/protocol';
import type { DoorClient, StoredBlock } from './door/port.ts';

export class Peers {
  readonly #addresses = new Map<number, string>();
  readonly #doors: DoorClient;

  constructor(doors: DoorClient) {
    this.#doors = doors;
  }

  update(workers: readonly WorkerInfo[]): void {
    this.#addresses.clear();
    for (const { worker, address } of workers) this.#addresses.set(worker, address);
  }

  async fetch(holder: number, batch: number, index: number): Promise<StoredBlock> {
    const address = this.#addresses.get(holder);
    if (address === undefined) throw new Error(`worker ${holder} is not known here`);
    const block = await this.#doors.get(address, batch, index);
    const { first, count } = block;
    if (!(first <= index && index < first + count)) {
      throw new Error(`${address} answered with ${first}+${count} when asked for ${batch}/${index}`);
    }
    return block;
  }

  close(): void {
    this.#doors.close();
  }
}
