import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import {
  acceptLocal,
  acceptSockets,
  type Connection,
  type Guard,
  memoryPair,
} from '@taskloom/protocol/connection';
import { listen, SERVER_NAMES, type Secrets } from '@taskloom/protocol/pod';
import type { PodDoors } from './pod-doors.ts';
import { Relay } from './relay.ts';
import { Scheduler } from './scheduler.ts';

export interface SchedulerOptions {
  /** Interface to bind to; loopback unless told otherwise. */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port?: number;
  /** Where processes of this machine reach it as well (see `localPath`), at half the cost of a WebSocket. */
  readonly localPath?: string;
  /** What clients and workers must show; made at random when absent and not among the `secrets`. */
  readonly tokens?: { readonly client: string; readonly worker: string };
  /** Certificate and tokens: then it is spoken to over TLS. */
  readonly secrets?: Secrets;
  /** Port of probes and metrics, 0 for any free one; none when absent. */
  readonly probesPort?: number;
  /** Port of the admin door, 0 for any free one; it opens to the admin token among the `secrets`. None when absent. */
  readonly adminPort?: number;
  /** Without a socket: for a cluster within one process. */
  readonly memory?: boolean;
  /** A worker that is silent for so long is taken for lost, in milliseconds. */
  readonly workerTtlMs?: number;
}

export interface RunningScheduler {
  /** ws://host:port, wss:// with a certificate; `memory:` without a socket. */
  readonly address: string;
  readonly tokens: { readonly client: string; readonly worker: string };
  /** http(s)://host:port of probes and metrics, and of the admin door, where there are such. */
  readonly probes?: string;
  readonly admin?: string;
  /** A connection from within this process; the caller introduces itself as over any other. */
  connectMemory(): Connection;
  close(): Promise<void>;
}

const CACHE_BYTES = 64 * 1024 * 1024;
const WORKER_TTL_MS = 30_000;

const secret = () => randomBytes(24).toString('base64url');

/** Starts a scheduler. Rejects with the error of `listen` (EADDRINUSE, EACCES) when it cannot bind. */
export async function startScheduler(options: SchedulerOptions = {}): Promise<RunningScheduler> {
  const { secrets } = options;
  const tokens = options.tokens ?? tokensOf(secrets);
  const dataToken = secret();
  const scheduler = new Scheduler({
    guard: { tokens: secrets && !options.tokens ? acceptedBy(secrets) : tokens },
    dataToken,
    cacheBytes: CACHE_BYTES,
    workerTtlMs: options.workerTtlMs ?? WORKER_TTL_MS,
  });
  const { host = '127.0.0.1', port = 0 } = options;
  const relay = new Relay({
    dataToken,
    doorOf: (worker) => scheduler.doorOf(worker),
    trust: () => secrets && { ca: secrets.certificates.ca, servername: SERVER_NAMES.worker },
  });
  const answer: RequestListener = (request, response) => {
    if (!relay.answer(request, response)) nothingHere(request, response);
  };
  const door = options.memory ? undefined : await listen(answer, { host, port, secrets });
  const accept = (connection: Connection) => scheduler.accept(connection);
  const sockets = door && acceptSockets(door.server, accept);
  const local = options.localPath ? await acceptLocal(options.localPath, accept) : undefined;
  const { probes, admin, ...others } = await openOthers(scheduler, options);
  return {
    address: door ? `${secrets ? 'wss' : 'ws'}://${door.authority}` : 'memory:',
    tokens,
    ...(probes && { probes }),
    ...(admin && { admin }),
    connectMemory: () => {
      const [theirs, ours] = memoryPair('scheduler', 'a peer in this process');
      scheduler.accept(ours);
      return theirs;
    },
    close: async () => {
      scheduler.close();
      sockets?.close();
      local?.close();
      relay.close();
      await Promise.all([door?.close(), others.close()]);
    },
  };
}

/** What only a pod has is loaded only there. */
async function openOthers(scheduler: Scheduler, options: SchedulerOptions): Promise<PodDoors> {
  if (options.probesPort === undefined && options.adminPort === undefined) return { close: async () => {} };
  return (await import('./pod-doors.ts')).openPodDoors(scheduler, options);
}

function tokensOf(secrets: Secrets | undefined): RunningScheduler['tokens'] {
  if (!secrets) return { client: secret(), worker: secret() };
  return { client: secrets.token('client-token'), worker: secrets.token('worker-token') };
}

/** As they are when somebody comes: they may be replaced. */
function acceptedBy(secrets: Secrets): Guard['tokens'] {
  return {
    get client() {
      return secrets.accepted('client-token');
    },
    get worker() {
      return secrets.accepted('worker-token');
    },
  };
}

const nothingHere: RequestListener = (_request, response) => {
  response
    .writeHead(404)
    .end('this is the scheduler of a Taskloom cluster; clients connect to it with a WebSocket\n');
};
