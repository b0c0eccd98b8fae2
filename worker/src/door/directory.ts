/** Doors of workers that live in one process: values pass by reference. */
import { DoorError, type StoredBlock } from '@taskloom/protocol/door';
import type { Door, DoorClient, DoorStore } from './port.ts';

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

  put(address: string, batch: number, index: number, content: Uint8Array): void {
    this.#store(address).put(batch, index, content);
  }

  close(): void {}

  #store(address: string): DoorStore {
    const store = this.#stores.get(address);
    if (!store) throw new DoorError('unreachable', `no worker of this process has the door ${address}`);
    return store;
  }
}
