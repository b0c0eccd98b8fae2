/**
 * Large values for clients that reach the scheduler and no worker: its door passes GET and PUT on to the data door of a worker, as
 * streams. The core knows nothing of it, and nothing is collected here: who reads slowly holds the worker back, not this process.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Agent, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Trust } from '@taskloom/protocol/pod';

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
  readonly #agents = new Map<string, Agent>();
  #transfers = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#authorization = Buffer.from(`Bearer ${options.dataToken}`);
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
    this.#pass(new URL(`${door}${path}`), request, response);
  }

  #pass(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const { method, headers } = request;
    const { authorization, 'content-length': length } = headers;
    const passed = { authorization, ...(method === 'PUT' && { 'content-length': length }) };
    const { request: ask } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const options = { method, headers: passed as OutgoingHttpHeaders, agent: this.#agentFor(url.protocol) };
    const onward = ask(url, { ...options, ...this.#options.trust() });
    /** Whether it is the worker that is waited for. */
    const owes = () =>
      method === 'GET' ? !response.writableNeedDrain : onward.writableNeedDrain || request.readableEnded;
    onward.setTimeout(WORKER_SILENCE_MS, () => {
      if (owes()) onward.destroy(new Error(`was silent for ${WORKER_SILENCE_MS / 1000} s`));
    });
    response.setTimeout(CLIENT_SILENCE_MS);
    response.once('close', () => !response.writableFinished && onward.destroy());
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, contentOf(answer));
      answer.once('close', () => !answer.complete && response.destroy());
      together(answer, response);
      answer.pipe(response);
    });
    onward.on('error', ({ message }) => {
      if (response.headersSent) return void response.destroy();
      refuse(
        response,
        502,
        `the data door at ${url.origin} cannot be reached from the scheduler: ${message}`,
      );
    });
    if (method === 'PUT') request.pipe(onward);
    else onward.end();
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

/** What comes in one turn (TLS gives 16 KiB at a time) goes on in one write. */
function together(from: IncomingMessage, to: ServerResponse): void {
  const uncork = () => to.uncork();
  from.on('data', () => {
    if (to.writableCorked > 0) return;
    to.cork();
    setImmediate(uncork);
  });
}

function askedFor(url: string): Asked | undefined {
  const [, worker, path] = /^\/data\/(\d{1,10})(\/\d{1,10}\/\d{1,10})$/.exec(url) ?? [];
  return path === undefined ? undefined : { worker: Number(worker), path: `/data${path}` };
}

const PASSED_ON = ['content-type', 'content-length', 'x-first', 'x-count'] as const;

function contentOf({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(why) });
  response.end(why);
}
