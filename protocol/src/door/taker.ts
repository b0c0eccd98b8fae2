/** Where the bytes of a value go as they come. */

export interface Answer {
  /** Bytes of the value. */
  readonly length: number;
  /** Of the block: see StoredBlock. */
  readonly first: number;
  readonly count: number;
}

/** What a taker may do with the connection on which a value comes. */
export interface Source {
  /** Reads on, after `came` said no. */
  resume(): void;
  /** Nothing more is wanted of it. */
  close(): void;
}

export interface Taker {
  /** The value is there; nothing of it has come. It may throw: then nothing will. */
  begin(answer: Answer, source: Source): void;
  /** Memory for what comes next; never empty, whatever `came` said. It may be larger than what is still to come. */
  space(): Uint8Array;
  /** So many bytes stand in what `space` gave last. False: no more until `resume`, but for what was read already. */
  came(bytes: number): boolean;
}

/** Read at once: more is no faster, and less means more calls. */
const READ_BYTES = 1024 * 1024;

/** Collects it in the memory where it will stay. */
export class Whole implements Taker {
  content: Uint8Array = new Uint8Array(0);
  readonly #room: (bytes: number) => Uint8Array;
  #bytes = 0;

  /** `room` may throw when there is no memory. */
  constructor(room: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes)) {
    this.#room = room;
  }

  begin({ length }: Answer): void {
    this.content = this.#room(length);
  }

  space(): Uint8Array {
    return this.content.subarray(this.#bytes, this.#bytes + READ_BYTES);
  }

  came(bytes: number): boolean {
    this.#bytes += bytes;
    return true;
  }
}
