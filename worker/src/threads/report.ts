/** News for the agent, gathered until it is posted. */
import { copyParts, type Parts, partsLength } from '@taskloom/protocol/values';
import { addOutput, type FromThread, padded, THREAD_WHY, type Wrote } from './wire.ts';

/** Results larger than this are put where all threads can read them. */
export const SHARED_BYTES = 64 * 1024;

export class Report {
  number = 1;
  #blocks: number[] = [];
  #small: Uint8Array[] = [];
  #smallBytes = 0;
  #large: Uint8Array[] = [];
  #errors: number[] = [];
  #errorBytes: Uint8Array[] = [];
  #missing: number[] = [];
  #wrote: Wrote[] = [];

  get empty(): boolean {
    const { length } = this.#blocks;
    return length + this.#errors.length + this.#missing.length + this.#wrote.length === 0;
  }

  get hasOutput(): boolean {
    return this.#wrote.length > 0;
  }

  /** Gives the bytes as they are kept. */
  block(order: number, first: number, count: number, micros: number, parts: Parts): Uint8Array {
    const length = partsLength(parts);
    const isLarge = length > SHARED_BYTES;
    const bytes = isLarge ? new Uint8Array(new SharedArrayBuffer(length)) : (parts[0] as Uint8Array);
    const kept =
      isLarge || parts.length > 1 ? gathered(parts, isLarge ? bytes : new Uint8Array(length)) : bytes;
    if (isLarge) this.#large.push(kept);
    else {
      this.#small.push(kept);
      this.#smallBytes += padded(length);
    }
    this.#blocks.push(order, first, count, micros, isLarge ? 0 : length);
    return kept;
  }

  error(
    order: number,
    index: number,
    why: (typeof THREAD_WHY)[number],
    micros: number,
    bytes: Uint8Array,
  ): void {
    this.#errors.push(order, index, THREAD_WHY.indexOf(why), micros);
    this.#errorBytes.push(bytes);
  }

  missing(order: number, index: number): void {
    this.#missing.push(order, index);
  }

  wrote(wrote: Wrote): void {
    addOutput(this.#wrote, wrote);
  }

  take(): FromThread {
    const message: FromThread = {
      report: this.number++,
      blocks: this.#blocks,
      pack: packed(this.#small, this.#smallBytes),
      large: this.#large,
      errors: this.#errors,
      errorBytes: this.#errorBytes.map((bytes) => bytes.slice()),
      missing: this.#missing,
      wrote: this.#wrote,
    };
    this.#blocks = [];
    this.#small = [];
    this.#smallBytes = 0;
    this.#large = [];
    this.#errors = [];
    this.#errorBytes = [];
    this.#missing = [];
    this.#wrote = [];
    return message;
  }
}

function gathered(parts: Parts, into: Uint8Array): Uint8Array {
  copyParts(parts, into, 0);
  return into;
}

/** One piece of memory of exactly this size: what is posted is cloned with all the memory that it is a view of. */
function packed(blocks: readonly Uint8Array[], bytes: number): Uint8Array {
  const pack = new Uint8Array(bytes);
  let at = 0;
  for (const block of blocks) {
    pack.set(block, at);
    at += padded(block.length);
  }
  return pack;
}
