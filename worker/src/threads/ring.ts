/**
 * Bytes from one thread to another through shared memory, without waking whoever reads: it looks when it likes.
 *
 * 1. One side puts, the other takes. What is put is seen whole or not at all.
 * 2. Each put has a mark; who takes says up to which. Marks grow, modulo 2^32.
 * 3. Both counts of bytes only grow, modulo 2^32; where a byte stands is its count modulo the size.
 */
const PUT = 0;
const TAKEN = 1;
const HEAD_BYTES = 8;
/** A power of two: the counts begin anew at 2^32. */
const SIZE = 128 * 1024;
/** Length and mark. */
const ENTRY_HEAD_BYTES = 8;

export const RING_BYTES = HEAD_BYTES + SIZE;

export class Ring {
  readonly #counts: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #head = new Uint8Array(ENTRY_HEAD_BYTES);
  readonly #headView = new DataView(this.#head.buffer);

  constructor(memory: SharedArrayBuffer) {
    this.#counts = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEAD_BYTES, SIZE);
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#counts, PUT) === Atomics.load(this.#counts, TAKEN);
  }

  /** False where there is no room for them. */
  put(bytes: Uint8Array, mark = 0): boolean {
    const at = Atomics.load(this.#counts, PUT);
    const used = (at - Atomics.load(this.#counts, TAKEN)) >>> 0;
    if (used + ENTRY_HEAD_BYTES + bytes.length > SIZE) return false;
    this.#headView.setUint32(0, bytes.length);
    this.#headView.setInt32(4, mark);
    this.#write(at, this.#head);
    this.#write(at + ENTRY_HEAD_BYTES, bytes);
    Atomics.store(this.#counts, PUT, at + ENTRY_HEAD_BYTES + bytes.length);
    return true;
  }

  /** All that was put, up to a mark, each in memory of its own. */
  take(upTo = 0): Uint8Array[] {
    const all: Uint8Array[] = [];
    const end = Atomics.load(this.#counts, PUT);
    let at = Atomics.load(this.#counts, TAKEN);
    while (at !== end) {
      this.#read(at, this.#head);
      if (((this.#headView.getInt32(4) - upTo) | 0) > 0) break;
      const bytes = new Uint8Array(this.#headView.getUint32(0));
      this.#read(at + ENTRY_HEAD_BYTES, bytes);
      all.push(bytes);
      at = (at + ENTRY_HEAD_BYTES + bytes.length) | 0;
    }
    Atomics.store(this.#counts, TAKEN, at);
    return all;
  }

  #write(count: number, bytes: Uint8Array): void {
    const at = placeOf(count);
    const fits = SIZE - at;
    if (bytes.length <= fits) return this.#bytes.set(bytes, at);
    this.#bytes.set(bytes.subarray(0, fits), at);
    this.#bytes.set(bytes.subarray(fits), 0);
  }

  #read(count: number, into: Uint8Array): void {
    const at = placeOf(count);
    const fits = SIZE - at;
    if (into.length <= fits) return into.set(this.#bytes.subarray(at, at + into.length));
    into.set(this.#bytes.subarray(at));
    into.set(this.#bytes.subarray(0, into.length - fits), fits);
  }
}

function placeOf(count: number): number {
  return count & (SIZE - 1);
}
