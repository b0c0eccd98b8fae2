/** What the players of a simulation see of the world. */
import type { Message } from '@taskloom/protocol';
import type { Random } from '../../worker/src/testing/random.ts';

/** What has happened that tasks may fail of. */
export interface Upheaval {
  workerDeaths: number;
  threadDeaths: number;
  /** Values that could not be had from where they were, though they were there. */
  failedFetches: number;
}

export interface Block {
  readonly first: number;
  readonly count: number;
  readonly content: Uint8Array;
}

export interface Cluster {
  readonly random: Random;
  readonly now: number;
  /** Nothing goes wrong, by chance or on purpose. */
  readonly isCalm: boolean;
  readonly upheaval: Upheaval;
  fromWorker(worker: number, message: Message): void;
  fromClient(client: number, messages: readonly Message[]): void;
  /** A block of a worker's store; undefined when it is not there, or when the way there is broken. */
  fetchFrom(worker: number, batch: number, index: number): Block | undefined;
  /** Brings scattered data to a worker; false when it cannot be reached. */
  putTo(worker: number, batch: number, index: number, content: Uint8Array): boolean;
  isThere(worker: number): boolean;
  /** A worker has done all that it was to do before it leaves. */
  left(worker: number): void;
  /** An attempt at a task begins. */
  began(task: string): void;
}
