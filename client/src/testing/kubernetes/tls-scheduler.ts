/** A scheduler behind TLS, as its pod has it. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { SERVER_NAMES } from '@taskloom/operator/crd';
import { type RunningScheduler, startScheduler } from '@taskloom/scheduler';
import type { Authority } from '../../../../test/kubernetes/authority.ts';

export interface TlsScheduler {
  readonly port: number;
  readonly token: string;
  readonly scheduler: RunningScheduler;
  stop(): Promise<void>;
}

export async function tlsScheduler(authority: Authority, token = 'of clients'): Promise<TlsScheduler> {
  const scheduler = await startScheduler({ tokens: { client: token, worker: 'of workers' } });
  const { certificate, key } = await authority.issue({
    name: SERVER_NAMES.scheduler,
    hosts: [SERVER_NAMES.scheduler],
  });
  const behind = Number(new URL(scheduler.address).port);
  const server = createServer({ cert: certificate, key }, (outside) => {
    const inside = connect(behind, '127.0.0.1').setNoDelay(true);
    outside.pipe(inside).pipe(outside);
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.on('close', () => inside.destroy());
    inside.on('close', () => outside.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    token: scheduler.tokens.client,
    scheduler,
    stop: async () => {
      await scheduler.close();
      server.close();
    },
  };
}
