import type { WorkerInfo } from '@taskloom/protocol';
import type { StoredBlock } from '@taskloom/protocol/door';
import type { Parts } from '@taskloom/protocol/values';

/** Whose door: by number, or by the address that others reach it by. */
export type DataDoor = Pick<WorkerInfo, 'worker' | 'address'>;

/** The data doors of workers, as a client uses them. */
export interface DataDoors {
  /** What to look at when they cannot be reached, for messages. */
  readonly advice: string;
  /** The stored block that covers (batch, index). */
  get(door: DataDoor, batch: number, index: number): Promise<StoredBlock>;
  /** Stores one block, given in parts. */
  put(door: DataDoor, batch: number, index: number, parts: Parts): Promise<void>;
  /** This worker is gone: who waits for something of it is told so at once. Absent where that is heard anyway. */
  gone?(door: DataDoor): void;
  /** The session has ended. */
  close(): void;
}
