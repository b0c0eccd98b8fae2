/** Starts a worker: in a process of its own, or within one that has everything. */
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProtocolError } from '@taskloom/protocol';
import type { Connection } from '@taskloom/protocol/connection';
import type { Trust } from '@taskloom/protocol/door';
import type { Secrets } from '@taskloom/protocol/pod';
import type { Agent, Figures } from './agent.ts';
import type { DoorDirectory } from './door/directory.ts';
import type { Door, DoorClient } from './door/port.ts';
import { packagesFrom } from './packages.ts';
import { Peers } from './peers.ts';
import { Pool } from './threads/pool.ts';

export interface WorkerOptions {
  /** Where the scheduler is: ws://host:port, wss:// with `secrets`. Or `connect`. */
  readonly address?: string;
  readonly connect?: () => Promise<Connection>;
  /** Unless it is among the `secrets`. */
  readonly token?: string;
  /** Certificate, authority and token: then scheduler and data doors are spoken to over TLS. */
  readonly secrets?: Secrets;
  readonly name?: string;
  /** Tasks run at once; one for each core when absent. */
  readonly threads?: number;
  /** What tasks may ask for, e.g. { GPU: 1 }. */
  readonly resources?: Readonly<Record<string, number>>;
  /** Where the data door listens; when absent, where this machine reaches the scheduler from: 127.0.0.1 for one on the same machine. */
  readonly host?: string;
  readonly port?: number;
  /** How peers reach the data door, when not by `host`, or by where it reaches the scheduler from: a host, or a URL with a port. */
  readonly advertise?: string;
  /** Async tasks that share a thread, for tasks that do not say. */
  readonly concurrency?: number;
  /** The heap of each thread, in MiB. */
  readonly threadMemoryMb?: number;
  /** The image that it runs from, so that clients can be told what that lacks. */
  readonly image?: string;
  /** The group of workers that it belongs to. */
  readonly group?: string;
  /** Dials until a scheduler lets it in, instead of failing when none does. */
  readonly patient?: boolean;
  /** Doors of workers in one process; HTTP when absent. */
  readonly doors?: DoorDirectory;
}

export interface RunningWorker {
  readonly name: string;
  /** As the scheduler numbers it. */
  readonly number: number;
  /** Of its data door. */
  readonly address: string;
  /** Settles with the reason once the worker is no more. */
  readonly closed: Promise<string>;
  figures(): Figures;
  /** Asks to be drained: nothing new comes, what runs is finished, results move to others; then it is closed, for the reason RETIRED. */
  retire(): void;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Why a worker closed that has nothing left that matters. */
export const RETIRED = 'the scheduler let it go';

/** Between two attempts to find a scheduler, give or take a half, in milliseconds. */
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;
/** A scheduler is looked for mostly while it starts: who waits a quarter longer each time comes a fifth of that time late at worst. */
const PAUSE_GROWTH = 1.25;
/** Within a cluster the answer of a system takes no longer, however busy the scheduler is. */
const CONNECT_MS = 500;

/** Rejects with ProtocolError when there is no scheduler or it refuses, and with the reason of `signal` when that ends it. */
export async function startWorker(options: WorkerOptions, signal?: AbortSignal): Promise<RunningWorker> {
  const {
    name = `worker-${process.pid}`,
    threads = availableParallelism(),
    concurrency,
    threadMemoryMb,
  } = options;
  const pool = new Pool({ worker: name, ...(threadMemoryMb && { threadMemoryMb }) });
  pool.prepare();
  const { Agent } = await import('./agent.ts');
  const ending = new Ending();
  const left = (reason = RETIRED) => void ending.begin(reason);
  const agent = new Agent(pool, { name, threads, defaults: { concurrency }, left });
  ending.add(() => agent.close());
  try {
    const opened = ending.also(openDoor(agent, options), (door) => door.close());
    const lost = (why: ProtocolError) => void ending.begin(why.message);
    const { closed } = ending;
    const entered = enter(agent, { name, threads, opened, options, lost, ending, signal });
    const number = await Promise.race([entered, closed.then(refuse)]);
    return {
      name,
      number,
      address: (await opened).address,
      closed,
      figures: () => agent.figures(),
      retire: () => agent.retire(),
      close: () => ending.begin('closed by its process'),
    };
  } catch (error) {
    const { reason } = ending;
    await ending.begin('it could not start');
    throw reason === undefined ? error : new Error(`worker ${name} ended: ${reason}`, { cause: error });
  }
}

function refuse(reason: string): never {
  throw new Error(reason);
}

/** Ends everything once, for the first reason there is. */
class Ending {
  readonly #parts: ((reason: string) => unknown)[] = [];
  #ending: Promise<void> | undefined;
  /** Undefined until it ends. */
  reason: string | undefined;
  #closed = (_reason: string) => {};
  readonly closed = new Promise<string>((resolve) => {
    this.#closed = resolve;
  });

  add(part: (reason: string) => unknown): void {
    if (this.#ending) part('it came too late');
    else this.#parts.push(part);
  }

  /** Ends what is still being made as well, once it is. */
  async also<T>(made: Promise<T> | T, end: (part: T, reason: string) => unknown): Promise<T> {
    const part = await made;
    this.add((reason) => end(part, reason));
    return part;
  }

  begin(reason: string): Promise<void> {
    this.reason ??= reason;
    this.#ending ??= Promise.all(this.#parts.map((part) => part(reason))).then(() => this.#closed(reason));
    return this.#ending;
  }
}

function openDoor(agent: Agent, options: WorkerOptions): Promise<Door> | Door {
  if (options.doors) return options.doors.open(agent);
  return openHttpDoor(agent, options);
}

async function openHttpDoor(agent: Agent, { address, port, secrets, ...said }: WorkerOptions): Promise<Door> {
  const door = import('./door/http-door.ts');
  const { host = LOOPBACK, advertise }: Seen = address === undefined ? said : await seenFrom(address, said);
  const options = { host, ...(port && { port }), ...(advertise && { advertise }), secrets };
  return (await door).openHttpDoor(agent, options);
}

interface Seen {
  readonly host?: string | undefined;
  readonly advertise?: string | undefined;
}

/** A door on loopback is of no use to a scheduler elsewhere, nor is the name of all addresses to those who are to reach one of them. */
async function seenFrom(scheduler: string, { host, advertise }: Seen): Promise<Seen> {
  const { isWildcard, localAddressTo } = await import('./door/local-address.ts');
  if (host === undefined) return { host: (await localAddressTo(scheduler)) ?? LOOPBACK, advertise };
  if (!isWildcard(host) || advertise !== undefined) return { host, advertise };
  return { host, advertise: await localAddressTo(scheduler) };
}

async function dial({ address, connect, secrets, patient }: WorkerOptions): Promise<Connection> {
  if (connect) return connect();
  if (address === undefined)
    throw new Error('startWorker needs the address of a scheduler, e.g. ws://127.0.0.1:8786');
  const { dialSocket } = await import('@taskloom/protocol/connection');
  const tls = secrets && (await trustOf(secrets, 'scheduler'))();
  return dialSocket(address, { ...(tls && { tls }), ...(patient && { connectMs: CONNECT_MS }) });
}

interface Joining {
  readonly name: string;
  readonly threads: number;
  readonly opened: Promise<Door>;
  readonly options: WorkerOptions;
  readonly lost: (reason: ProtocolError) => void;
  readonly ending: Ending;
  readonly signal: AbortSignal | undefined;
}

/** Joins a scheduler; a patient worker tries until it is let in. */
async function enter(agent: Agent, joining: Joining): Promise<number> {
  const {
    ending,
    options: { patient },
  } = joining;
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(PAUSE_GROWTH * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await join(agent, joining);
    } catch (error) {
      // Whatever else it is, such as a port that is taken, does not pass.
      if (
        !patient ||
        ending.reason !== undefined ||
        !(error instanceof Error) ||
        error.name !== 'ProtocolError'
      )
        throw error;
      if (pauseMs === LONGEST_PAUSE_MS) console.error(`taskloom: not let in yet: ${error.message}`);
      await pause(pauseMs * (0.5 + Math.random()), undefined, { signal: joining.signal });
    }
  }
}

async function join(agent: Agent, joining: Joining): Promise<number> {
  const { name, threads, opened, options, lost, ending } = joining;
  const dialled = ending.also(dial(options), (connection, reason) => connection.close('closed', reason));
  const [door, connection] = await Promise.all([opened, dialled]);
  const { introduce } = await import('@taskloom/protocol/connection');
  const { resources, concurrency, group, image } = options;
  const worker = {
    name,
    address: door.address,
    threads,
    resources: { ...resources },
    ...(concurrency && { concurrency }),
    ...(group && { group }),
    ...(image && { image: { name: image, packages: await packagesFrom(process.cwd()) } }),
  };
  const token = options.token ?? options.secrets?.token('worker-token') ?? '';
  const { welcome, early } = await introduce(connection, { role: 'worker', token, worker });
  door.admit(welcome.dataToken);
  agent.join(connection, welcome.number, new Peers(await clientOf(options, welcome.dataToken)));
  agent.heard(early);
  connection.open({ messages: (batch) => agent.heard(batch), closed: lost });
  return welcome.number;
}

async function clientOf({ doors, secrets }: WorkerOptions, token: string): Promise<DoorClient> {
  if (doors) return doors;
  const { HttpDoorClient } = await import('./door/http-client.ts');
  return new HttpDoorClient(token, secrets && (await trustOf(secrets, 'worker')));
}

/** Whom to believe that it is what we dial; the authority may be replaced meanwhile. Local clusters need not load it. */
async function trustOf(secrets: Secrets, role: 'scheduler' | 'worker'): Promise<() => Trust> {
  const { SERVER_NAMES } = await import('@taskloom/protocol/pod');
  return () => ({ ca: secrets.certificates.ca, servername: SERVER_NAMES[role] });
}
