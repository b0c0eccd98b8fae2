/** Gets values from data doors, by their addresses. */
import { connectTo, type Trust } from './connect.ts';
import type { Answer, Taker } from './taker.ts';
import { ValueLines } from './value-lines.ts';

const SILENCE_MS = 30_000;

export interface DoorsOptions {
  /** The data token of the cluster. */
  readonly token: string;
  /** For doors over TLS. The authority may be replaced meanwhile. */
  readonly trust?: () => Trust | undefined;
}

export class Doors {
  readonly #options: DoorsOptions;
  readonly #lines = new Map<string, ValueLines>();

  constructor(options: DoorsOptions) {
    this.#options = options;
  }

  /**
   * Fulfilled when all of the value was taken.
   *
   * @param address http://host:port or https://host:port
   * @param path /data/{batch}/{index}
   * @throws DoorError
   */
  async get(address: string, path: string, taker: Taker): Promise<Answer> {
    return this.#linesTo(address).get(path, taker);
  }

  /** Nothing is to be had there any more: who waits for something is told so at once. */
  leave(address: string): void {
    const lines = this.#lines.get(address);
    this.#lines.delete(address);
    lines?.close();
  }

  close(): void {
    for (const lines of this.#lines.values()) lines.close();
  }

  #linesTo(address: string): ValueLines {
    const known = this.#lines.get(address);
    if (known) return known;
    const url = new URL(address);
    const { token, trust } = this.#options;
    const lines = new ValueLines({
      name: `the data door ${url.origin}`,
      host: url.host,
      token,
      silenceMs: SILENCE_MS,
      open: (onread) => connectTo(url, { onread, trust: trust?.() }),
      emptied: () => {
        if (this.#lines.get(address) === lines) this.#lines.delete(address);
      },
    });
    this.#lines.set(address, lines);
    return lines;
  }
}
