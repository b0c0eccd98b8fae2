/** From an address to a session. */
import { readFileSync } from 'node:fs';
import { Limits } from '@taskloom/protocol';
import { type Connection, dialSocket, introduce } from '@taskloom/protocol/connection';
import { connectTo } from '@taskloom/protocol/door';
import { SERVER_NAMES } from '@taskloom/protocol/pod';
import { addressOf } from './address.ts';
import { HttpDoors } from './door/http-doors.ts';
import type { DataDoors } from './door/port.ts';
import { type OpenRelay, RelayDoors } from './door/relay-doors.ts';
import { ClientError } from './errors.ts';
import { checkOutput, type Output } from './output.ts';
import { given, onlyOptions, refuse } from './said.ts';
import { type Dialled, Session, type SessionOptions } from './session.ts';

/** How a client finds its way into a cluster. */
export interface ConnectOptions {
  /** The client token of the scheduler; `TASKLOOM_TOKEN` unless said. */
  readonly token?: string | undefined;
  /** For wss: the authority that signed the scheduler's certificate, PEM; that in the file `TASKLOOM_CA_FILE` unless said. */
  readonly ca?: string | undefined;
  /** Gets and brings large values through the scheduler, for a process that cannot reach workers; `TASKLOOM_RELAY=1` unless said. */
  readonly relay?: boolean | undefined;
  /** What happens with what tasks write: `print` (unless said), `ignore`, or a function that takes it. */
  readonly output?: Output | undefined;
}

export interface Connected {
  readonly session: Session;
  readonly closing: () => Promise<void>;
}

/** Of a cluster that `taskloom run` made on this machine, which says so by TASKLOOM_LOCAL=1. */
const GONE = 'the cluster that was made for this script is gone: run the script again';

const CONNECT_OPTIONS = ['token', 'ca', 'relay', 'output'] as const;

export async function connect(said: string | undefined, options: ConnectOptions = {}): Promise<Connected> {
  onlyOptions(options, CONNECT_OPTIONS, "{ token: '...' }");
  checkOutput(options.output);
  const named = said ?? process.env.TASKLOOM_ADDRESS;
  if (named === undefined || named === '') return await connectLocal(options);
  const address = addressOf(named);
  const token = options.token ?? process.env.TASKLOOM_TOKEN;
  if (token && typeof token !== 'string') refuse(`token must be a text, got ${typeof token}`);
  if (!token) {
    throw new ClientError(
      'wrong-token',
      `a token is needed for ${address}: set TASKLOOM_TOKEN to what the scheduler printed, or pass { token }`,
    );
  }
  const isMadeForUs = said === undefined && process.env.TASKLOOM_LOCAL === '1';
  // A line within one machine is cut only by the end of who is there.
  const door = dial(address, token, options, isMadeForUs ? 0 : Limits.resumeMs);
  const session = openSession(address, door, { ...options, ...(isMadeForUs && { gone: GONE }) });
  await session.opened;
  return { session, closing: async () => {} };
}

async function dial(
  address: string,
  token: string,
  options: ConnectOptions,
  resumeMs: number,
): Promise<Door> {
  const url = new URL(address);
  const ca = url.protocol === 'wss:' ? (options.ca ?? authority()) : undefined;
  const trust = ca === undefined ? undefined : { ca, servername: SERVER_NAMES.scheduler };
  const { relay = process.env.TASKLOOM_RELAY === '1' } = options;
  if (typeof relay !== 'boolean') refuse(`relay must be true or false, got ${given(relay)}`);
  const connection = await dialSocket(address, { resumeMs, background: true, ...(trust && { tls: trust }) });
  return {
    connection,
    token,
    ...(ca !== undefined && { ca }),
    ...(relay && { relay: (onread) => connectTo(url, { trust, onread }) }),
  };
}

function authority(): string | undefined {
  const file = process.env.TASKLOOM_CA_FILE;
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ClientError(
      'bad-option',
      `the file that TASKLOOM_CA_FILE names cannot be read (${(cause as Error).message}): unset it, or name the certificate of the authority that signed the scheduler's`,
      { cause },
    );
  }
}

/** A connection that waits for hello, and the token to say in it. */
export interface Door {
  readonly connection: Connection;
  readonly token: string;
  /** The authority of a cluster that speaks TLS, PEM. */
  readonly ca?: string;
  /** Another socket to the scheduler, for large values; without it they are got from the workers themselves. */
  readonly relay?: OpenRelay;
}

export interface OpenOptions
  extends Pick<ConnectOptions, 'output'>,
    Pick<SessionOptions, 'attached' | 'gone'> {
  readonly doors?: DataDoors;
}

/** A session over a connection that is being made; what is said before waits for it. `doors`: HTTP unless given. */
export function openSession(
  address: string,
  door: Promise<Door>,
  { output = 'print', doors, attached, gone }: OpenOptions,
): Session {
  const dialled = door.then((open) => introduced(open, doors));
  return new Session(address, dialled, { output, attached, gone });
}

async function introduced({ connection, token, ...way }: Door, doors?: DataDoors): Promise<Dialled> {
  const { welcome, early } = await introduce(connection, { role: 'client', token });
  return { connection, early, doors: doors ?? doorsOf(welcome.dataToken, way) };
}

function doorsOf(token: string, { ca, relay }: Pick<Door, 'ca' | 'relay'>): DataDoors {
  if (relay) return new RelayDoors(token, relay);
  return new HttpDoors(token, ca === undefined ? undefined : { ca, servername: SERVER_NAMES.worker });
}

async function connectLocal(options: ConnectOptions): Promise<Connected> {
  const { LocalCluster } = await import('./local/local-cluster.ts');
  const cluster = await LocalCluster.start();
  return { session: cluster.session(options), closing: () => cluster.close() };
}
