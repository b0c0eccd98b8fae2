/** A scheduler as the operator sees it: a door with the cluster's certificate, and answers that the test gives. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { AdminStatus } from '../observed/scheduler.ts';
import type { Contents } from '../secrets/contents.ts';

export const IDLE: AdminStatus = {
  version: '0.1.0',
  protocol: { min: 1, max: 1 },
  clients: 0,
  idleMs: 0,
  tasks: { waiting: 0, running: 0, held: 0, failed: 0 },
  workers: [],
};

export class AdminDoor {
  status: AdminStatus = IDLE;
  /** What it was asked, in order. */
  readonly asked: string[] = [];
  /** Done to the next request instead of an answer. */
  readonly misdeeds: ((response: ServerResponse, request: IncomingMessage) => void)[] = [];
  readonly #token: string;
  readonly #server;

  /** @param secret what the scheduler's Secret holds */
  constructor(secret: Contents) {
    const { 'tls.crt': cert, 'tls.key': key, 'admin-token': token = '' } = secret;
    this.#token = token;
    this.#server = createServer({ cert, key }, (request, response) => void this.#serve(request, response));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    this.asked.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`);
    const misdeed = this.misdeeds.shift();
    if (misdeed) return misdeed(response, request);
    if (request.headers.authorization !== `Bearer ${this.#token}`) {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(this.#answer(request.url ?? '', body === '' ? {} : JSON.parse(body))));
  }

  #answer(path: string, said: { workers?: string[]; among?: string[]; count?: number }): unknown {
    if (path === '/v1/cheapest') return { workers: (said.among ?? []).toSorted().slice(0, said.count) };
    if (path !== '/v1/retire') return this.status;
    const known = new Set(this.status.workers.map(({ name }) => name));
    const states = (said.workers ?? []).map((name) => ({
      name,
      state: known.has(name) ? 'drained' : 'gone',
    }));
    const retired = new Set(said.workers);
    const workers = this.status.workers.map((worker) =>
      retired.has(worker.name) ? { ...worker, state: 'drained' as const } : worker,
    );
    this.status = { ...this.status, workers };
    return { workers: states };
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
