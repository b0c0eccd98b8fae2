/** A cluster of this machine's own processes. */

import type { ConnectOptions } from './connect.ts';
import { ClientError } from './errors.ts';
import type { Session } from './session.ts';

export class LocalCluster {
  static async start(): Promise<LocalCluster> {
    throw new ClientError('start-failed', 'a local cluster cannot be started yet');
  }

  session(_options: ConnectOptions): Session {
    throw new ClientError('closed', 'a local cluster cannot be started yet');
  }

  async close(): Promise<void> {}
}
