/**
 * Large values for clients that reach the scheduler and no worker: its door passes GET and PUT on to the data door of a worker, as
 * streams. The core knows nothing of it, and nothing is collected here: who reads slowly holds the worker back, not this process.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Agent, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { DoorError, Doors, type Trust } from '@taskloom/protocol/door';
import { Passing } from './passing.ts';

/** A worker's door that neither takes nor gives anything for so long is given up, in milliseconds. */
const WORKER_SILENCE_MS = 30_000;
/** The same of a client; a slow network moves in larger steps. */
const CLIENT_SILENCE_MS = 120_000;
/** Values on their way at once; each holds a few buffers and two sockets. */
const TRANSFERS = 256;

export interface RelayOptions {
  /** What opens the data doors of workers opens the way to them. */
  readonly dataToken: string;
  /** Base URL of the data door of a worker; undefined when there is no such worker. */
  readonly doorOf: (worker: number) => string | undefined;
  /** For doors over TLS. */
  readonly trust: () => Trust | undefined;
}

interface Asked {
  readonly worker: number;
  readonly path: string;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #authorization: Buffer;
  readonly #doors: Doors;
  readonly #agents = new Map<string, Agent>();
  #transfers = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#authorization = Buffer.from(`Bearer ${options.dataToken}`);
    this.#doors = new Doors({ token: options.dataToken, trust: options.trust });
  }

  /** Answers requests for /data/{worker}/{batch}/{index}; false for what is none of its business. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (!request.url?.startsWith('/data/')) return false;
    const asked = askedFor(request.url);
    if (!this.#shows(request)) refuse(response, 401, 'the data token is missing or wrong');
    else if (!asked) refuse(response, 404, 'values are at /data/{worker}/{batch}/{index}');
    else if (request.method !== 'GET' && request.method !== 'PUT')
      refuse(response, 405, 'values are got with GET and brought with PUT');
    else if (request.method === 'PUT' && !request.headers['content-length'])
      refuse(response, 411, 'content-length is required');
    else this.#relay(asked, request, response);
    return true;
  }

  close(): void {
    this.#doors.close();
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #shows({ headers }: IncomingMessage): boolean {
    const given = Buffer.from(headers.authorization ?? '');
    return given.length === this.#authorization.length && timingSafeEqual(given, this.#authorization);
  }

  #relay({ worker, path }: Asked, request: IncomingMessage, response: ServerResponse): void {
    const door = this.#options.doorOf(worker);
    if (door === undefined) return refuse(response, 404, `worker ${worker} is not there any more`);
    if (!/^https?:/.test(door))
      return refuse(response, 502, `worker ${worker} has no door for HTTP: ${door}`);
    if (this.#transfers >= TRANSFERS)
      return refuse(response, 503, `${TRANSFERS} values are on their way already: ask again later`);
    this.#transfers++;
    response.once('close', () => this.#transfers--);
    response.setTimeout(CLIENT_SILENCE_MS);
    if (request.method === 'GET') void this.#give(door, path, response);
    else this.#bring(new URL(`${door}${path}`), request, response);
  }

  async #give(door: string, path: string, response: ServerResponse): Promise<void> {
    const passing = new Passing(response);
    try {
      await this.#doors.get(door, path, passing);
      passing.end();
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      const status = error instanceof DoorError && error.code === 'not-here' ? 404 : 502;
      refuse(response, status, `the scheduler cannot get it: ${(error as Error).message}`);
    }
  }

  #bring(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const { authorization, 'content-length': length } = request.headers;
    const headers = { authorization, 'content-length': length };
    const { request: ask } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const agent = this.#agentFor(url.protocol);
    const onward = ask(url, { method: 'PUT', headers, agent, ...this.#options.trust() });
    /** Whether it is the worker that is waited for. */
    const owes = () => onward.writableNeedDrain || request.readableEnded;
    onward.setTimeout(WORKER_SILENCE_MS, () => {
      if (owes()) onward.destroy(new Error(`was silent for ${WORKER_SILENCE_MS / 1000} s`));
    });
    response.once('close', () => !response.writableFinished && onward.destroy());
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, contentOf(answer));
      answer.once('close', () => !answer.complete && response.destroy());
      answer.pipe(response);
    });
    onward.on('error', ({ message }) => {
      if (response.headersSent) return void response.destroy();
      refuse(response, 502, `the scheduler cannot bring it to the data door at ${url.origin}: ${message}`);
    });
    request.pipe(onward);
  }

  /** Connections to doors are kept for a while, since many values follow one another. */
  #agentFor(protocol: string): Agent {
    let agent = this.#agents.get(protocol);
    if (!agent) {
      const { Agent } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');
      agent = new Agent({ keepAlive: true, maxFreeSockets: 4 });
      this.#agents.set(protocol, agent);
    }
    return agent;
  }
}

function askedFor(url: string): Asked | undefined {
  const [, worker, path] = /^\/data\/(\d{1,10})(\/\d{1,10}\/\d{1,10})$/.exec(url) ?? [];
  return path === undefined ? undefined : { worker: Number(worker), path: `/data${path}` };
}

const PASSED_ON = ['content-type', 'content-length'] as const;

function contentOf({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(why) });
  response.end(why);
}
