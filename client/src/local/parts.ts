/** What a local cluster is made of: processes, or parts of this one. */
import { randomBytes } from 'node:crypto';
import type { Connection } from '@taskloom/protocol/connection';
import type { RunningScheduler } from '@taskloom/scheduler';
import type { DataDoors } from '../door/port.ts';

/** What clients and workers of a local cluster must show. */
export type Tokens = RunningScheduler['tokens'];

const secret = () => randomBytes(24).toString('base64url');

export function newTokens(): Tokens {
  return { client: secret(), worker: secret() };
}

/** A worker of a local cluster. */
export interface LocalWorker {
  readonly name: string;
  /** Of its process; of this one when in-process. */
  readonly pid: number | undefined;
}

export interface Parts {
  readonly address: string;
  readonly token: string;
  readonly workers: readonly LocalWorker[];
  /** How large values come and go, when not by HTTP. */
  readonly doors?: DataDoors;
  /** What ended the scheduler, which nobody asked to end. */
  readonly died?: string | undefined;
  /** A new connection to the scheduler. */
  dial(): Promise<Connection>;
  /**
   * Resolves when the workers to be there have been started (not yet: are known to the scheduler), and the others have left; these may
   * take so long.
   */
  scale(workers: number, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}
