/**
 * Gets blocks from data doors over HTTP/1.1 on a bare socket, since that alone reads straight into the memory where the value
 * will stay: node:http hands out pieces of its own, which would have to be copied.
 *
 * 1. A connection carries one request at a time and is used again while its peer keeps it.
 */
import type { Socket } from 'node:net';
import { connectTo, type Trust } from '@taskloom/protocol/pod';
import { type DoorClient, DoorError, MAX_VALUE_BYTES, roomFor, type StoredBlock } from './port.ts';

const HEAD_BYTES = 8 * 1024;
/** Connections kept to each door for the next request. */
const IDLE = 4;
const SILENCE_MS = 30_000;

export class HttpDoorClient implements DoorClient {
  readonly #token: string;
  readonly #trust: () => Trust | undefined;
  readonly #idle = new Map<string, Line[]>();

  /** `trust`: for doors over TLS. */
  constructor(token: string, trust: () => Trust | undefined = () => undefined) {
    this.#token = token;
    this.#trust = trust;
  }

  async get(address: string, batch: number, index: number): Promise<StoredBlock> {
    const kept = this.#idle.get(address)?.pop();
    const path = `/data/${batch}/${index}`;
    if (kept) {
      try {
        return await this.#ask(address, kept, path);
      } catch (error) {
        // The peer may have closed what was kept at the moment it was used.
        if (!(error instanceof DoorError) || error.code !== 'broken' || kept.heard) throw error;
      }
    }
    return this.#ask(address, new Line(address, this.#trust()), path);
  }

  close(): void {
    for (const lines of this.#idle.values()) for (const line of lines) line.close();
    this.#idle.clear();
  }

  async #ask(address: string, line: Line, path: string): Promise<StoredBlock> {
    const block = await line.get(path, this.#token);
    const idle = this.#idle.get(address) ?? [];
    if (idle.length < IDLE) idle.push(line);
    else line.close();
    this.#idle.set(address, idle);
    return block;
  }
}

/** One connection to a door. */
class Line {
  readonly #socket: Socket;
  readonly #address: URL;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #body: Uint8Array | undefined;
  #bodyBytes = 0;
  #answer: Answer | undefined;
  #pending: { resolve(block: StoredBlock): void; reject(error: DoorError): void } | undefined;
  /** Whether anything came for the present request. */
  heard = false;

  constructor(address: string, trust: Trust | undefined) {
    this.#address = new URL(address);
    const onread = { buffer: () => this.#room(), callback: (bytes: number) => this.#came(bytes) };
    this.#socket = connectTo(this.#address, onread, trust);
    this.#socket.setTimeout(SILENCE_MS, () => this.#fail('silent', `was silent for ${SILENCE_MS / 1000} s`));
    this.#socket.on('error', (cause) =>
      this.#fail(this.heard ? 'broken' : codeOf(cause), cause.message, cause),
    );
    this.#socket.on('close', () => this.#fail('broken', 'closed the connection'));
  }

  get(path: string, token: string): Promise<StoredBlock> {
    this.#headBytes = 0;
    this.#body = undefined;
    this.#answer = undefined;
    this.heard = false;
    if (this.#socket.destroyed) {
      return Promise.reject(
        new DoorError('broken', `the data door ${this.#address.origin} closed the connection`),
      );
    }
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${this.#address.host}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Where the next bytes go: straight to their place, once that is known. */
  #room(): Uint8Array {
    return this.#body && this.#bodyBytes < this.#body.length
      ? this.#body.subarray(this.#bodyBytes)
      : this.#head.subarray(Math.min(this.#headBytes, HEAD_BYTES - 1));
  }

  #came(bytes: number): boolean {
    this.heard = true;
    if (this.#body) this.#bodyBytes += bytes;
    else {
      this.#headBytes += bytes;
      this.#readHead();
    }
    if (this.#body && this.#bodyBytes === this.#body.length) this.#done();
    return true;
  }

  #readHead(): void {
    const end = this.#head.subarray(0, this.#headBytes).indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#headBytes >= HEAD_BYTES - 1) this.#fail('broken', 'answered with too long a head');
      return;
    }
    const answer = parseHead(this.#head.toString('latin1', 0, end));
    if (!answer) return this.#fail('broken', 'answered with something that is no HTTP');
    this.#answer = answer;
    try {
      this.#body = roomFor(answer.length);
    } catch (cause) {
      return this.#fail('broken', `has ${answer.length} bytes, for which there is no memory`, cause);
    }
    const early = this.#head.subarray(end + 4, this.#headBytes);
    this.#body.set(early.subarray(0, answer.length));
    this.#bodyBytes = Math.min(early.length, answer.length);
  }

  #done(): void {
    const { status, first, count } = this.#answer as Answer;
    const content = this.#body as Uint8Array;
    const pending = this.#pending;
    this.#pending = undefined;
    this.#body = undefined;
    // Node asks for the buffer of the next read right after this one: it must be the start of a new head.
    this.#headBytes = 0;
    if (status === 200) return pending?.resolve({ first, count, content });
    const said = Buffer.from(content).toString();
    pending?.reject(
      new DoorError(status === 404 ? 'not-here' : 'refused', `${this.#address.origin}: ${status} ${said}`),
    );
    this.close();
  }

  #fail(code: DoorError['code'], why: string, cause?: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#socket.destroy();
    pending?.reject(new DoorError(code, `the data door ${this.#address.origin} ${why}`, { cause }));
  }
}

interface Answer {
  readonly status: number;
  readonly length: number;
  readonly first: number;
  readonly count: number;
}

function parseHead(head: string): Answer | undefined {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  const number = (name: string) =>
    Number(new RegExp(`^${name}: *(\\d+) *$`, 'im').exec(head)?.[1] ?? Number.NaN);
  const length = number('content-length');
  if (status === undefined || !(length >= 0 && length <= MAX_VALUE_BYTES)) return undefined;
  return { status: Number(status), length, first: number('x-first'), count: number('x-count') };
}

function codeOf(cause: Error & { code?: string }): DoorError['code'] {
  return cause.code === 'ECONNREFUSED' || cause.code === 'ENOTFOUND' || cause.code === 'EHOSTUNREACH'
    ? 'unreachable'
    : 'broken';
}
