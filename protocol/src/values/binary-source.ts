import { Kind, viewOf } from './binary.ts';
import { ValueError } from './errors.ts';
import type { BufferPlace } from './frame.ts';

/** Memory is aligned when every kind of typed array can look at it. */
const LARGEST_ELEMENT_BYTES = 8;

/**
 * The buffers of one value while it is decoded: views of the bytes themselves, except where the bytes begin unaligned or
 * an ArrayBuffer itself must exist. Such a buffer is copied once, and all its views look at the copy.
 */
export class BinarySource {
  readonly #bytes: Uint8Array;
  readonly #buffers: readonly BufferPlace[];
  readonly #copies: (ArrayBuffer | undefined)[] = [];

  constructor(bytes: Uint8Array, buffers: readonly BufferPlace[]) {
    this.#bytes = bytes;
    this.#buffers = buffers;
  }

  binary(kind: number, owned: boolean, buffer: number, offset: number, length: number): unknown {
    const place = this.#buffers[buffer];
    if (place === undefined || offset + length > place.length) {
      throw new ValueError(
        `a typed array points outside the value's buffers (buffer ${buffer}, byte ${offset + length})`,
      );
    }
    const start = this.#bytes.byteOffset + place.offset;
    if (kind === Kind.arrayBuffer) {
      if (offset === 0 && length === place.length) return this.#copy(buffer, place);
      throw new ValueError('an ArrayBuffer is a part of another: the value was damaged on the way');
    }
    if (owned || start % LARGEST_ELEMENT_BYTES !== 0)
      return viewOf(kind, this.#copy(buffer, place), offset, length);
    return viewOf(kind, this.#bytes.buffer, start + offset, length);
  }

  /** A whole buffer as an ArrayBuffer of its own. */
  arrayBuffer(buffer: number): ArrayBuffer {
    const place = this.#buffers[buffer];
    if (place === undefined)
      throw new ValueError(`an ArrayBuffer is announced as buffer ${buffer} and was not sent`);
    return this.#copy(buffer, place);
  }

  #copy(buffer: number, place: BufferPlace): ArrayBuffer {
    const made = this.#copies[buffer];
    if (made !== undefined) return made;
    const start = this.#bytes.byteOffset + place.offset;
    const copy = copyOf(this.#bytes.buffer, start, place.length);
    this.#copies[buffer] = copy;
    return copy;
  }
}

/** A slice is not filled with zeros first; that of shared memory would be shared. */
function copyOf(memory: ArrayBufferLike, start: number, length: number): ArrayBuffer {
  if (memory instanceof ArrayBuffer) return memory.slice(start, start + length);
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(memory, start, length));
  return copy.buffer;
}
