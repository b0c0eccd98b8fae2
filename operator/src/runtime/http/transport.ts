/** One HTTP client for all that is said to the API server: kept-alive connections, a limit on our own haste, patience when asked for it. */
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, type RequestOptions, request as secureRequest } from 'node:https';
import { type Clock, Silence, sleep, systemClock } from '../clock.ts';
import { ApiError, refused } from '../errors.ts';
import type { Credentials, Identity } from './credentials.ts';
import { TokenBucket } from './rate-limit.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** How long silence is borne, in milliseconds (30 s). */
  readonly timeoutMs?: number;
  /** How long a busy server (429, 503) is waited for in all, in milliseconds (10 s); 0 leaves that to the caller. */
  readonly patienceMs?: number;
}

/** What was asked and how it went, for metrics. `code` is the HTTP status, or `<error>`. */
export interface Exchange {
  readonly method: string;
  readonly host: string;
  readonly code: string;
  readonly seconds: number;
}

export interface TransportOptions {
  readonly credentials: Credentials;
  /** Our own limit (default 100 requests a second, 200 at once); a server's priority levels do the rest. */
  readonly perSecond?: number;
  readonly burst?: number;
  readonly userAgent?: string;
  readonly clock?: Clock;
  readonly observe?: (exchange: Exchange) => void;
}

const TIMEOUT_MS = 30_000;
const PATIENCE_MS = 10_000;
/** When a busy server does not say how long. */
const BUSY_MS = 1_000;
/** The largest answer that is read as a whole, in bytes. */
const ANSWER_BYTES = 64 * 1024 * 1024;

export class Transport {
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #agent: Agent | PlainAgent;
  readonly #userAgent: string;
  readonly #observe: (exchange: Exchange) => void;

  constructor(options: TransportOptions) {
    const { credentials, perSecond = 100, burst = 200, clock = systemClock, observe = () => {} } = options;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#bucket = new TokenBucket(clock, { perSecond, burst });
    // Nagle would hold back small requests; probes find a peer that went without a word.
    const kept = { keepAlive: true, keepAliveMsecs: 15_000, noDelay: true, maxFreeSockets: 16 };
    this.#agent = credentials.server.protocol === 'https:' ? new Agent(kept) : new PlainAgent(kept);
    this.#userAgent = options.userAgent ?? 'taskloom-operator';
    this.#observe = observe;
  }

  async json(request: Request): Promise<unknown> {
    const text = await this.text(request);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ApiError('bad-answer', `${doing(request)}: the answer is not JSON`, { cause: error });
    }
  }

  async text(request: Request): Promise<string> {
    const ms = request.timeoutMs ?? TIMEOUT_MS;
    const silence = new Silence(this.#clock, ms, () => late(request), request.signal);
    try {
      const response = await this.#answer(request, silence);
      return (await this.#whole(request, response, silence)).toString('utf8');
    } finally {
      silence.end();
    }
  }

  /** The answer as it comes; whoever reads it minds its silences, and ends it by leaving the loop or by the signal. */
  async stream(request: Request): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#opened(request);
    return streamed(request, response);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #opened(request: Request): Promise<IncomingMessage> {
    // Only until the head of the answer is here: the silences of the body are the reader's.
    const opening = new AbortController();
    const follow = () => opening.abort(request.signal?.reason);
    if (request.signal?.aborted) follow();
    request.signal?.addEventListener('abort', follow, { once: true });
    const cancel = this.#clock.after(request.timeoutMs ?? TIMEOUT_MS, () => opening.abort(late(request)));
    try {
      const response = await this.#answer(request, { signal: opening.signal, heard() {} });
      response.once('close', () => request.signal?.removeEventListener('abort', follow));
      return response;
    } catch (error) {
      request.signal?.removeEventListener('abort', follow);
      throw error;
    } finally {
      cancel();
    }
  }

  /** An answer with a status below 300; a busy server is asked again, a token that is not believed is looked up again. */
  async #answer(
    request: Request,
    hearing: { readonly signal: AbortSignal; heard(): void },
  ): Promise<IncomingMessage> {
    const until = this.#clock.now() + (request.patienceMs ?? PATIENCE_MS);
    for (let attempt = 1; ; attempt++) {
      await this.#bucket.take(hearing.signal);
      const response = await this.#send(request, hearing.signal, attempt);
      if ((response.statusCode ?? 0) < 300) return response;
      const body = await this.#whole(request, response, hearing);
      const error = refused(response.statusCode ?? 0, parsed(body), doing(request), retryAfter(response));
      if (error.code === 'unauthorized' && attempt === 1) {
        await this.#credentials.identity(true);
        continue;
      }
      const waitMs = error.retryAfterMs ?? BUSY_MS;
      const busy = error.status === 429 || (error.status === 503 && error.retryAfterMs !== undefined);
      if (!busy || this.#clock.now() + waitMs > until) throw error;
      await sleep(this.#clock, waitMs, hearing.signal);
      hearing.heard();
    }
  }

  async #send(request: Request, signal: AbortSignal, attempt: number): Promise<IncomingMessage> {
    const identity = await this.#credentials.identity();
    const { host, protocol } = this.#credentials.server;
    const began = this.#clock.now();
    const report = (code: string) =>
      this.#observe({ method: request.method, host, code, seconds: (this.#clock.now() - began) / 1_000 });
    const open = protocol === 'https:' ? secureRequest : plainRequest;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return new Promise((resolve, reject) => {
      const outgoing = open(this.#options(request, identity, body, signal));
      outgoing.once('response', (response) => {
        report(String(response.statusCode));
        resolve(response);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        report('<error>');
        // The server may close a kept connection in the moment that we use it; what is harmless twice is said again.
        const unlucky = outgoing.reusedSocket && error.code === 'ECONNRESET' && request.method !== 'POST';
        if (unlucky && !signal.aborted && attempt < 4) resolve(this.#send(request, signal, attempt + 1));
        else reject(failure(request, error, signal));
      });
      outgoing.end(body);
    });
  }

  #options(
    request: Request,
    identity: Identity,
    body: string | undefined,
    signal: AbortSignal,
  ): RequestOptions {
    const { hostname, port, pathname } = this.#credentials.server;
    const headers: Record<string, string | number> = {
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...identity.headers,
    };
    if (body !== undefined) {
      headers['content-type'] = request.contentType ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    return {
      method: request.method,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      path: `${pathname.replace(/\/$/, '')}${request.path}${queryOf(request)}`,
      headers,
      signal,
      agent: identity.agent ?? (this.#agent as Agent),
      ...identity.tls,
    };
  }

  async #whole(
    request: Request,
    response: IncomingMessage,
    hearing: { readonly signal: AbortSignal; heard(): void },
  ): Promise<Buffer> {
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        hearing.heard();
        parts.push(part);
        bytes += part.length;
        if (bytes > ANSWER_BYTES) {
          const limit = `more than ${ANSWER_BYTES} bytes`;
          throw new ApiError(
            'bad-answer',
            `${doing(request)}: the answer has ${limit}; ask for smaller pages`,
          );
        }
      }
    } catch (error) {
      throw failure(request, error, hearing.signal);
    }
    return Buffer.concat(parts);
  }
}

async function* streamed(request: Request, response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of response) yield part;
  } catch (error) {
    throw failure(request, error, request.signal);
  }
}

/** An abort is told as its reason, anything else that happens to a connection as `unreachable`. */
function failure(request: Request, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof ApiError) return error;
  const cause = error instanceof Error ? error.message : String(error);
  return new ApiError('unreachable', `${doing(request)}: ${cause}`, { cause: error });
}

const doing = ({ method, path }: Request) => `${method} ${path}`;

const late = (request: Request) =>
  new ApiError('timeout', `${doing(request)}: no answer in ${request.timeoutMs ?? TIMEOUT_MS} ms`);

const retryAfter = (response: IncomingMessage) => response.headers['retry-after'];

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return { message: body.toString('utf8', 0, 300) };
  }
}

function queryOf({ query = {} }: Request): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}
