/** Data doors of workers that this process cannot reach: the scheduler's own door leads to them. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Parts, partsLength } from '@taskloom/protocol/values';
import type { DataDoor, DataDoors } from './port.ts';
import { Turns } from './turns.ts';

/** Values on their way at once: more only share the one way there is. */
const LINES = 4;
/** Longer than the scheduler waits for a worker, so that it can say so. */
const SILENCE_MS = 60_000;
/** A refusal is a line of text. */
const WHY_CHARS = 1_000;

/** A new stream to the scheduler's door, inside TLS if that is what it speaks. */
export type OpenStream = () => Promise<Duplex>;

export class RelayDoors implements DataDoors {
  readonly advice = 'the scheduler passes values on, so look at its log and at the log of this worker';
  readonly #token: string;
  readonly #open: OpenStream;
  readonly #turns = new Turns(LINES);
  #agent: Agent | undefined;
  #closed = false;

  constructor(token: string, open: OpenStream) {
    this.#token = token;
    this.#open = open;
  }

  get(door: DataDoor, batch: number, index: number): Promise<Uint8Array> {
    return this.#turns.take(async () => {
      const answer = await this.#ask('GET', pathOf(door, batch, index), []);
      return bodyOf(answer);
    });
  }

  put(door: DataDoor, batch: number, index: number, parts: Parts): Promise<void> {
    return this.#turns.take(async () => {
      const answer = await this.#ask('PUT', pathOf(door, batch, index), parts);
      answer.resume();
    });
  }

  close(): void {
    this.#closed = true;
    this.#agent?.destroy();
  }

  /** The head of an answer that is good. */
  async #ask(method: 'GET' | 'PUT', path: string, parts: Parts): Promise<IncomingMessage> {
    for (;;) {
      const asked = this.#request(method, path, partsLength(parts));
      try {
        return await good(await sent(asked, parts));
      } catch (error) {
        // A kept connection may have ended at the moment it was used.
        if (!asked.reusedSocket || error instanceof RefusedError) throw error;
      }
    }
  }

  #request(method: string, path: string, length: number): ClientRequest {
    if (this.#closed) throw new Error('the session has ended');
    // An import of node:http loads all that it exports (undici among it), which most sessions never need.
    const { request } = process.getBuiltinModule('node:http');
    const headers = {
      host: 'scheduler',
      authorization: `Bearer ${this.#token}`,
      ...(method === 'PUT' && { 'content-length': length }),
    };
    const asked = request({ method, path, headers, agent: this.#lines() });
    return asked.setTimeout(SILENCE_MS, () =>
      asked.destroy(new Error(`the scheduler was silent for ${SILENCE_MS / 1000} s`)),
    );
  }

  #lines(): Agent {
    if (this.#agent) return this.#agent;
    const { Agent } = process.getBuiltinModule('node:http');
    this.#agent = new Agent({ keepAlive: true });
    this.#agent.createConnection = (_options, opened) => {
      const failed = (error: Error) => opened?.(error, undefined as never);
      this.#open().then((stream) => opened?.(null, stream), failed);
      return undefined;
    };
    return this.#agent;
  }
}

const pathOf = ({ worker }: DataDoor, batch: number, index: number) => `/data/${worker}/${batch}/${index}`;

function sent(asked: ClientRequest, parts: Parts): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve);
    asked.on('error', reject);
    // Views of what is scattered go to the socket as they are.
    for (const part of parts) asked.write(part);
    asked.end();
  });
}

class RefusedError extends Error {}

async function good(answer: IncomingMessage): Promise<IncomingMessage> {
  const status = answer.statusCode ?? 500;
  if (status < 300) return answer;
  const why = await text(answer).catch(() => '');
  throw new RefusedError(`the scheduler answered ${status}: ${why.slice(0, WHY_CHARS)}`);
}

function bodyOf(answer: IncomingMessage): Promise<Uint8Array> {
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  return new Promise((resolve, reject) => {
    const body = new Uint8Array(length);
    let at = 0;
    answer.on('data', (chunk: Buffer) => {
      body.set(chunk, at);
      at += chunk.length;
    });
    answer.on('end', () => resolve(body));
    answer.on('error', ({ message }) =>
      reject(new Error(`the value ended after ${at} of ${length} bytes: ${message}`)),
    );
  });
}
