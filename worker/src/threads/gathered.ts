/** Results of one order that are not in a report yet. */
import type { Sharing } from '@taskloom/protocol/values';
import type { TaskOrder } from './task-order.ts';

/** A result that is no primitive, as it was written when its task ended: among others, from `start` to `end`. */
export class Written {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }
}

/** A result that is for no such rows, as a block of one. */
export class Sealed {
  readonly bytes: Uint8Array;
  /** Its classes are there. */
  readonly common: Sharing['common'];

  constructor(bytes: Uint8Array, common?: Sharing['common']) {
    this.bytes = bytes;
    this.common = common;
  }
}

export class Gathered {
  readonly order: TaskOrder;
  micros = 0;
  /** Nothing but primitives so far: what comes behind something else is written behind it. */
  isPlain = true;
  #first = 0;
  #values: unknown[] = [];
  /** The index of each value, once they do not follow each other any more. */
  #indices: number[] | undefined;

  constructor(order: TaskOrder) {
    this.order = order;
  }

  get count(): number {
    return this.#values.length;
  }

  /** `value`: a primitive, written or sealed. */
  add(index: number, value: unknown): void {
    const count = this.#values.length;
    if (count === 0) {
      this.#first = index;
      this.#values = [value];
      return;
    }
    if (this.#indices === undefined && index !== this.#first + count) {
      this.#indices = this.#values.map((_, row) => this.#first + row);
    }
    this.#indices?.push(index);
    this.#values.push(value);
  }

  has(index: number): boolean {
    if (this.#indices) return this.#indices.includes(index);
    return index >= this.#first && index < this.#first + this.#values.length;
  }

  at(index: number): unknown {
    return this.#values[this.#indices ? this.#indices.indexOf(index) : index - this.#first];
  }

  /** Stretches of consecutive tasks, in order. */
  stretches(): { first: number; values: readonly unknown[] }[] {
    const indices = this.#indices;
    if (indices === undefined) return [{ first: this.#first, values: this.#values }];
    // Tasks that share the thread finish in any order.
    const rows = indices.map((_, row) => row).sort((a, b) => indices[a]! - indices[b]!);
    const stretches: { first: number; values: unknown[] }[] = [];
    let last: { first: number; values: unknown[] } | undefined;
    for (const row of rows) {
      const index = indices[row]!;
      if (last !== undefined && index === last.first + last.values.length)
        last.values.push(this.#values[row]);
      else {
        last = { first: index, values: [this.#values[row]] };
        stretches.push(last);
      }
    }
    return stretches;
  }
}

export function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}
