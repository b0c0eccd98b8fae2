/** Gets blocks from data doors over HTTP, into memory that all threads of the worker can read. */
import { Doors, type StoredBlock, type Trust, Whole } from '@taskloom/protocol/door';
import { type DoorClient, roomFor } from './port.ts';

export class HttpDoorClient implements DoorClient {
  readonly #doors: Doors;

  /** `trust`: for doors over TLS. */
  constructor(token: string, trust: () => Trust | undefined = () => undefined) {
    this.#doors = new Doors({ token, trust });
  }

  async get(address: string, batch: number, index: number): Promise<StoredBlock> {
    const whole = new Whole(roomFor);
    const { first, count } = await this.#doors.get(address, `/data/${batch}/${index}`, whole);
    return { first, count, content: whole.content };
  }

  close(): void {
    this.#doors.close();
  }
}
