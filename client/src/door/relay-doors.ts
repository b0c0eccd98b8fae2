/** Data doors of workers that this process cannot reach: the scheduler's own door leads to them. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { OnReadOpts, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type StoredBlock, ValueLines, Whole } from '@taskloom/protocol/door';
import { type Parts, partsLength } from '@taskloom/protocol/values';
import type { DataDoor, DataDoors } from './port.ts';
import { Turns } from './turns.ts';

/** Values on their way at once: more only share the one way there is. */
const LINES = 4;
/** Longer than the scheduler waits for a worker, so that it can say so. */
const SILENCE_MS = 60_000;
/** A refusal is a line of text. */
const WHY_CHARS = 1_000;

/** A new socket to the scheduler's door, inside TLS if that is what it speaks; it reads into what `onread` gives, if that is said. */
export type OpenRelay = (onread?: OnReadOpts) => Socket | Promise<Socket>;

const HOST = 'scheduler';

export class RelayDoors implements DataDoors {
  readonly advice = 'the scheduler passes values on, so look at its log and at the log of this worker';
  readonly #token: string;
  readonly #open: OpenRelay;
  readonly #turns = new Turns(LINES);
  readonly #lines: ValueLines;
  #agent: Agent | undefined;
  #closed = false;

  constructor(token: string, open: OpenRelay) {
    this.#token = token;
    this.#open = open;
    this.#lines = new ValueLines({ name: 'the scheduler', host: HOST, token, open, silenceMs: SILENCE_MS });
  }

  get(door: DataDoor, batch: number, index: number): Promise<StoredBlock> {
    return this.#turns.take(async () => {
      const whole = new Whole();
      const { first, count } = await this.#lines.get(pathOf(door, batch, index), whole);
      return { first, count, content: whole.content };
    });
  }

  put(door: DataDoor, batch: number, index: number, parts: Parts): Promise<void> {
    return this.#turns.take(async () => {
      const answer = await this.#bring(pathOf(door, batch, index), parts);
      answer.resume();
    });
  }

  close(): void {
    this.#closed = true;
    this.#agent?.destroy();
    this.#lines.close();
  }

  /** The head of an answer that is good. */
  async #bring(path: string, parts: Parts): Promise<IncomingMessage> {
    for (;;) {
      const asked = this.#request(path, partsLength(parts));
      try {
        return await good(await sent(asked, parts));
      } catch (error) {
        // A kept connection may have ended at the moment it was used.
        if (!asked.reusedSocket || error instanceof RefusedError) throw error;
      }
    }
  }

  #request(path: string, length: number): ClientRequest {
    if (this.#closed) throw new Error('the session has ended');
    // An import of node:http loads all that it exports (undici among it), which most sessions never need.
    const { request } = process.getBuiltinModule('node:http');
    const headers = {
      host: HOST,
      authorization: `Bearer ${this.#token}`,
      'content-length': length,
    };
    const asked = request({ method: 'PUT', path, headers, agent: this.#uploads() });
    return asked.setTimeout(SILENCE_MS, () =>
      asked.destroy(new Error(`the scheduler was silent for ${SILENCE_MS / 1000} s`)),
    );
  }

  #uploads(): Agent {
    if (this.#agent) return this.#agent;
    const { Agent } = process.getBuiltinModule('node:http');
    this.#agent = new Agent({ keepAlive: true });
    this.#agent.createConnection = (_options, opened) => {
      const failed = (error: Error) => opened?.(error, undefined as never);
      Promise.resolve(this.#open()).then((socket) => opened?.(null, socket), failed);
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
