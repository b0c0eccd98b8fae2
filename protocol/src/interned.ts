import { BoundedMap } from './functions/bounded-map.ts';

/** Longer ones are rare, and each has its own. */
const LONGEST_BYTES = 4_096;
const KEPT = 1_000;

/** What bytes say, for bytes that come again and again: read once, the same object each time, which nobody changes. */
export class Interned<T> {
  readonly #read: (bytes: Uint8Array) => T;
  readonly #known = new BoundedMap<string, T>(KEPT);
  /** What came last comes mostly again, and is told by its bytes faster than by a text made of them. */
  #last: { readonly bytes: Uint8Array; readonly value: T } | undefined;

  constructor(read: (bytes: Uint8Array) => T) {
    this.#read = read;
  }

  /** Throws what reading throws. */
  of(bytes: Uint8Array): T {
    const last = this.#last;
    if (last && isSame(bytes, last.bytes)) return last.value;
    if (bytes.length > LONGEST_BYTES) return this.#read(bytes);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    let value = this.#known.get(key);
    if (value === undefined) {
      value = this.#read(bytes);
      this.#known.set(key, value);
    }
    this.#last = { bytes: bytes.slice(), value };
    return value;
  }

  /** All is read anew: what was read may say something else now. */
  forget(): void {
    this.#known.clear();
    this.#last = undefined;
  }
}

function isSame(bytes: Uint8Array, others: Uint8Array): boolean {
  const { length } = bytes;
  if (length !== others.length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== others[i]) return false;
  return true;
}
