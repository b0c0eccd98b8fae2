/** Data doors of other processes. */
import { Doors, type StoredBlock, type Trust, Whole } from '@taskloom/protocol/door';
import { type Parts, partsLength } from '@taskloom/protocol/values';
import type { DataDoor, DataDoors } from './port.ts';
import { Turns } from './turns.ts';

/** Values on their way to workers at once: each has a connection of its own. */
const UPLOADS = 8;
/** A door that takes no more for so long is given up: its machine may be gone without a word. */
const SILENCE_MS = 30_000;

export class HttpDoors implements DataDoors {
  readonly advice =
    'this process must be able to reach the data doors of workers, or connect with { relay: true } to get values through the scheduler';
  readonly #token: string;
  readonly #trust: Trust | undefined;
  readonly #silenceMs: number;
  readonly #doors: Doors;
  readonly #turns = new Turns(UPLOADS);

  /** `trust`: for doors over TLS. */
  constructor(token: string, trust?: Trust, silenceMs = SILENCE_MS) {
    this.#token = token;
    this.#trust = trust;
    this.#silenceMs = silenceMs;
    this.#doors = new Doors({ token, trust: () => trust });
  }

  async get({ address }: DataDoor, batch: number, index: number): Promise<StoredBlock> {
    const whole = new Whole();
    const { first, count } = await this.#doors.get(address, `/data/${batch}/${index}`, whole);
    return { first, count, content: whole.content };
  }

  put(door: DataDoor, batch: number, index: number, parts: Parts): Promise<void> {
    return this.#turns.take(() => this.#bring(door, batch, index, parts));
  }

  #bring({ address }: DataDoor, batch: number, index: number, parts: Parts): Promise<void> {
    // An import of node:http loads all that it exports (undici among it), which most sessions never need.
    const { request } = process.getBuiltinModule(address.startsWith('https:') ? 'node:https' : 'node:http');
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-length': partsLength(parts) };
      const options = { method: 'PUT', headers, ...this.#trust };
      const upload = request(`${address}/data/${batch}/${index}`, options, (answer) => {
        answer.resume();
        if ((answer.statusCode ?? 500) < 300) resolve();
        else reject(new Error(`${address} answered ${answer.statusCode}`));
      });
      upload.setTimeout(this.#silenceMs, () =>
        upload.destroy(new Error(`${address} was silent for ${this.#silenceMs / 1000} s`)),
      );
      upload.on('error', reject);
      // Views of what is scattered go to the socket as they are.
      for (const part of parts) upload.write(part);
      upload.end();
    });
  }

  gone({ address }: DataDoor): void {
    this.#doors.leave(address);
  }

  close(): void {
    this.#doors.close();
  }
}
