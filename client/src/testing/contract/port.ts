/** What the contract needs of a cluster. */
import type { Client } from '../../client.ts';
import type { Output } from '../../output.ts';

export interface ContractCluster {
  client(options?: { output?: Output }): Client;
  close(): Promise<void>;
}

export interface ContractSupport {
  /** Tasks run in threads of workers that have data doors; else in this thread, as the fake does it. */
  readonly workers: boolean;
}

export interface Its {
  client(): Client;
  cluster(): ContractCluster;
}
