/** Results as they come, each written when it is given, since its maker may change it afterwards. */
import { headOf } from './block.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import type { Parts } from './port.ts';

export class WrittenRows {
  readonly #writer = new MsgpackWriter();

  /** Where the next row will begin. */
  get end(): number {
    return this.#writer.out.at;
  }

  /** False for what msgpack does not keep by itself, of which nothing is left here. */
  add(value: unknown): boolean {
    const { out } = this.#writer;
    const start = out.at;
    const isWritten = this.#tryWrite(value);
    if (!isWritten) out.at = start;
    this.#writer.forgetNotes();
    return isWritten;
  }

  /** The rows that were written from `start` to `end`, as a block: its parts are to be copied before more is written. */
  block(start: number, end: number, count: number): Parts {
    return [headOf(count), this.#writer.out.bytes.subarray(start, end)];
  }

  clear(): void {
    this.#writer.out.clear();
  }

  /** A getter of the user's may throw; it does so again where that is handled. */
  #tryWrite(value: unknown): boolean {
    try {
      return this.#writer.write(value) && this.#writer.isWhole;
    } catch {
      return false;
    }
  }
}
