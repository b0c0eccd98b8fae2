/** The data door: how large values come to a worker and leave it. */

import type { StoredBlock } from '@taskloom/protocol/door';
import { copyParts, type Parts, partsLength } from '@taskloom/protocol/values';
import { sharedCame } from '../shared-garbage.ts';

/** What a door gives access to. */
export interface DoorStore {
  /** The stored block that covers this index. */
  block(batch: number, index: number): StoredBlock | undefined;
  put(batch: number, index: number, content: Uint8Array): void;
}

export interface Door {
  /** What peers are told: http://host:port, or memory:n for a door in this process. */
  readonly address: string;
  /** Opens it for those who show the token. */
  admit(token: string): void;
  close(): Promise<void>;
}

/** The other side: gets blocks from doors. */
export interface DoorClient {
  /** Rejects with DoorError. */
  get(address: string, batch: number, index: number): Promise<StoredBlock>;
  close(): void;
}

/** Values larger than this are kept where all threads of the worker can read them. */
export const SHARED_BYTES = 64 * 1024;

export function roomFor(bytes: number): Uint8Array {
  if (bytes <= SHARED_BYTES) return new Uint8Array(bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes));
  sharedCame(shared);
  return shared;
}

/** A block in memory of its own. Throws where there is none. */
export function stored(parts: Parts): Uint8Array {
  const content = roomFor(partsLength(parts));
  copyParts(parts, content, 0);
  return content;
}
