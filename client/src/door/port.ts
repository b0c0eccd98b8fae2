import type { Parts } from '@taskloom/protocol/values';

/** The data doors of workers, as a client uses them. */
export interface DataDoors {
  /** The stored block that covers (batch, index). */
  get(address: string, batch: number, index: number): Promise<Uint8Array>;
  /** Stores one block, given in parts. */
  put(address: string, batch: number, index: number, parts: Parts): Promise<void>;
}
