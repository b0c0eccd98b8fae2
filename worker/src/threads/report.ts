/** News for the agent, gathered until it is posted. */
import { type Parts, partsLength } from '@taskloom/protocol/values';
import { SHARED_BYTES, stored } from '../door/port.ts';
import { addOutput, type FromThread, padded, THREAD_WHY, type Wrote } from './wire.ts';

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

  /** `bytes`: as `kept` gives them. */
  block(order: number, first: number, count: number, micros: number, bytes: Uint8Array): void {
    const { length } = bytes;
    const isLarge = length > SHARED_BYTES;
    if (isLarge) this.#large.push(bytes);
    else {
      this.#small.push(bytes);
      this.#smallBytes += padded(length);
    }
    this.#blocks.push(order, first, count, micros, isLarge ? 0 : length);
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

/** A block that its maker does not change; in memory that all threads can read where it is large. Throws where there is none. */
export function kept(parts: Parts): Uint8Array {
  const isWhole = parts.length === 1 && partsLength(parts) <= SHARED_BYTES;
  return isWhole ? parts[0]! : stored(parts);
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
