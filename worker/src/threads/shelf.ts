/** Blocks of arguments and results that the agent gave to this thread, decoded when first used. */
import { type DecodeContext, decodeBlock, decodeColumns } from '@taskloom/protocol/values';

export class Held {
  readonly #bytes: Uint8Array;
  readonly #context: DecodeContext;
  #values: unknown[] | undefined;
  #rows: ((row: number) => unknown[]) | undefined;

  constructor(bytes: Uint8Array, context: DecodeContext) {
    this.#bytes = bytes;
    this.#context = context;
  }

  /** As a block of results. */
  value(row: number): unknown {
    this.#values ??= decodeBlock(this.#bytes, this.#context);
    return this.#values[row];
  }

  /** As a block of arguments. */
  get rows(): (row: number) => unknown[] {
    this.#rows ??= decodeColumns(this.#bytes, this.#context);
    return this.#rows;
  }
}

export class Shelf {
  readonly #held = new Map<number, Held>();
  readonly #context: DecodeContext;

  constructor(context: DecodeContext) {
    this.#context = context;
  }

  put(id: number, bytes: Uint8Array): void {
    this.#held.set(id, new Held(bytes, this.#context));
  }

  forget(id: number): void {
    this.#held.delete(id);
  }

  get(id: number): Held {
    const held = this.#held.get(id);
    if (!held) throw new Error(`the thread was not given block ${id}`);
    return held;
  }
}
