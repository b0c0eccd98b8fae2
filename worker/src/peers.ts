/** Where the other workers are, and what is got from them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerInfo } from '@taskloom/protocol';
import { DoorError, type StoredBlock } from '@taskloom/protocol/door';
import type { DoorClient } from './door/port.ts';

/** Waits before the next attempts, in milliseconds: a line that was cut says nothing about the worker, and its scattered data is nowhere else. */
const WAITS_MS = [20, 200, 1_000];

const asleep = (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });

export class Peers {
  readonly #addresses = new Map<number, string>();
  readonly #doors: DoorClient;
  readonly #wait: (ms: number) => Promise<void>;

  /** `wait`: passes the time between attempts. */
  constructor(doors: DoorClient, wait = asleep) {
    this.#doors = doors;
    this.#wait = wait;
  }

  update(workers: readonly WorkerInfo[]): void {
    this.#addresses.clear();
    for (const { worker, address } of workers) this.#addresses.set(worker, address);
  }

  /** Tries again as long as the worker is known and has not said no. Rejects with DoorError, or Error when it is not known. */
  async fetch(holder: number, batch: number, index: number): Promise<StoredBlock> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#fetchOnce(holder, batch, index);
      } catch (error) {
        const wait = WAITS_MS[attempt];
        if (wait === undefined || !mayPass(error)) throw error;
        await this.#wait(wait);
        if (!this.#addresses.has(holder)) throw error;
      }
    }
  }

  async #fetchOnce(holder: number, batch: number, index: number): Promise<StoredBlock> {
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
    this.#addresses.clear();
    this.#doors.close();
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof DoorError && (error.code === 'unreachable' || error.code === 'broken');
}
