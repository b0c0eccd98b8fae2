/**
 * Gets values from one data door.
 *
 * 1. A connection carries one request at a time and is kept for the next, while its peer keeps it.
 * 2. What was kept may have ended at the moment it was used: then it is asked again on another.
 */
import type { OnReadOpts, Socket } from 'node:net';
import { DoorError } from './block.ts';
import type { Answer, Taker } from './taker.ts';
import { type LineOptions, ValueLine } from './value-line.ts';

/** Connections kept for the next request. */
const IDLE = 4;

/** A new socket to the door, that reads into what `onread` gives. */
export type OpenSocket = (onread: OnReadOpts) => Socket | Promise<Socket>;

export interface ValueLinesOptions extends LineOptions {
  readonly open: OpenSocket;
  /** What the request says the host is. */
  readonly host: string;
  readonly token: string;
  /** Called when the last connection has ended. */
  readonly emptied?: () => void;
}

export class ValueLines {
  readonly #options: ValueLinesOptions;
  readonly #lines = new Set<ValueLine>();
  readonly #idle: ValueLine[] = [];
  #closed = false;

  constructor(options: ValueLinesOptions) {
    this.#options = options;
  }

  /** Fulfilled when all was taken. Rejects with DoorError, or with what `open` fails with. */
  async get(path: string, taker: Taker): Promise<Answer> {
    for (let line = this.#idle.pop(); line; line = this.#idle.pop()) {
      try {
        return await this.#ask(line, path, taker);
      } catch (error) {
        if (!(error instanceof DoorError) || error.code !== 'broken' || line.heard) throw error;
      }
    }
    return this.#ask(await this.#opened(), path, taker);
  }

  close(): void {
    this.#closed = true;
    for (const line of this.#lines) line.close();
  }

  async #opened(): Promise<ValueLine> {
    if (this.#closed) throw new DoorError('broken', `${this.#options.name} is not asked any more`);
    const line = new ValueLine(this.#options);
    this.#lines.add(line);
    try {
      const socket = await this.#options.open(line.onread);
      socket.once('close', () => this.#ended(line));
      line.attach(socket);
    } catch (error) {
      this.#ended(line);
      throw error;
    }
    if (this.#closed) line.close();
    return line;
  }

  async #ask(line: ValueLine, path: string, taker: Taker): Promise<Answer> {
    const { host, token } = this.#options;
    const request = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`;
    const answer = await line.get(request, taker);
    if (this.#idle.length < IDLE) this.#idle.push(line);
    else line.close();
    return answer;
  }

  #ended(line: ValueLine): void {
    this.#lines.delete(line);
    const at = this.#idle.indexOf(line);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#lines.size === 0) this.#options.emptied?.();
  }
}
