/** Doors of workers that live in one process: values pass by reference. */
import { DoorError, type StoredBlock } from '@taskloom/protocol/door';
import type { Parts } from '@taskloom/protocol/values';
import { type Door, type DoorClient, type DoorStore, stored } from './port.ts';

export class DoorDirectory implements DoorClient {
  readonly #stores = new Map<string, DoorStore>();
  #opened = 0;

  open(store: DoorStore): Door {
    const address = `memory:${++this.#opened}`;
    this.#stores.set(address, store);
    return {
      address,
      admit: () => {},
      close: async () => void this.#stores.delete(address),
    };
  }

  async get(address: string, batch: number, index: number): Promise<StoredBlock> {
    const block = this.#store(address).block(batch, index);
    if (!block) throw new DoorError('not-here', `${address} does not have ${batch}/${index}`);
    return block;
  }

  /** Copies the parts to where they will be kept. */
  put(address: string, batch: number, index: number, parts: Parts): void {
    this.#store(address).put(batch, index, stored(parts));
  }

  close(): void {}

  #store(address: string): DoorStore {
    const store = this.#stores.get(address);
    if (!store) throw new DoorError('unreachable', `no worker of this process has the door ${address}`);
    return store;
  }
}
