/** Servers of a pod: over TLS with the mounted certificate when there is one, else plain. */
import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Secrets } from './secrets.ts';

/** A value of 4 GiB at 10 Mbit/s is brought in this time, in milliseconds. */
const REQUEST_MS = 3_600_000;

export interface Listening {
  readonly server: Server;
  /** host:port, as a URL has it. */
  readonly authority: string;
  /** Takes no more, ends what is open. */
  close(): Promise<void>;
}

export interface ListenOptions extends Pick<ServerOptions, 'keepAliveTimeout'> {
  readonly host: string;
  readonly port: number;
  readonly secrets?: Secrets | undefined;
}

/** What is asked for, without its query. Strangers ask for what is no URL, too: `//`, for one. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  return url.split('?', 1)[0] as string;
}

/** Rejects with the error of `listen` (EADDRINUSE, EACCES) when it cannot bind. */
export async function listen(handle: RequestListener, options: ListenOptions): Promise<Listening> {
  const { host, port, secrets, ...rest } = options;
  const settings = { requestTimeout: REQUEST_MS, ...rest };
  const { server, forget } = secrets ? await secure(handle, secrets, settings) : plain(handle, settings);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    server,
    authority: authorityOf(server.address() as AddressInfo),
    close: () =>
      new Promise((resolve) => {
        forget();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function plain(handle: RequestListener, options: ServerOptions) {
  return { server: createPlain(options, handle), forget: () => {} };
}

/** New connections see the newest certificate; those that are open stay. */
async function secure(handle: RequestListener, secrets: Secrets, options: ServerOptions) {
  // Local clusters need not load TLS.
  const { createServer } = await import('node:https');
  const { cert, key } = secrets.certificates;
  const server = createServer({ ...options, cert, key, minVersion: 'TLSv1.3' }, handle);
  const forget = secrets.onChange(() => {
    const { cert, key } = secrets.certificates;
    server.setSecureContext({ cert, key, minVersion: 'TLSv1.3' });
  });
  return { server, forget };
}

function authorityOf({ address, family, port }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
