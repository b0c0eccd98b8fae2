import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptSockets, type Connection, memoryPair } from '@taskloom/protocol/connection';
import { Scheduler } from './scheduler.ts';

export interface SchedulerOptions {
  /** Interface to bind to; loopback unless told otherwise. */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port?: number;
  /** What clients and workers must show; made at random when absent. */
  readonly tokens?: { readonly client: string; readonly worker: string };
  /** Without a socket: for a cluster within one process. */
  readonly memory?: boolean;
  /** A worker that is silent for so long is taken for lost, in milliseconds. */
  readonly workerTtlMs?: number;
}

export interface RunningScheduler {
  /** ws://host:port; `memory:` without a socket. */
  readonly address: string;
  readonly tokens: { readonly client: string; readonly worker: string };
  /** A connection from within this process; the caller introduces itself as over any other. */
  connectMemory(): Connection;
  close(): Promise<void>;
}

const CACHE_BYTES = 64 * 1024 * 1024;
const WORKER_TTL_MS = 30_000;

const secret = () => randomBytes(24).toString('base64url');

/** Starts a scheduler. Rejects with the error of `listen` (EADDRINUSE, EACCES) when it cannot bind. */
export async function startScheduler(options: SchedulerOptions = {}): Promise<RunningScheduler> {
  const tokens = options.tokens ?? { client: secret(), worker: secret() };
  const scheduler = new Scheduler({
    guard: { tokens },
    dataToken: secret(),
    cacheBytes: CACHE_BYTES,
    workerTtlMs: options.workerTtlMs ?? WORKER_TTL_MS,
  });
  const server = options.memory ? undefined : await listen(options.host ?? '127.0.0.1', options.port ?? 0);
  const sockets = server && acceptSockets(server, (connection) => scheduler.accept(connection));
  return {
    address: server ? addressOf(server) : 'memory:',
    tokens,
    connectMemory: () => {
      const [theirs, ours] = memoryPair('scheduler', 'a peer in this process');
      scheduler.accept(ours);
      return theirs;
    },
    close: async () => {
      scheduler.close();
      sockets?.close();
      if (server?.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer((_request, response) => {
    response
      .writeHead(404)
      .end('this is the scheduler of a Taskloom cluster; clients connect to it with a WebSocket\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
