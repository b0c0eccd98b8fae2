/**
 * V8 keeps a typed array of at most so many bytes (`typed_array_max_size_in_heap`) in its own heap, where making one costs a twentieth of a
 * microsecond. A view of it, or a look at its `buffer`, first moves it out of there, which costs a whole one.
 */
export const IN_HEAP_BYTES = 64;

/** Bytes [start, end): a copy where that is cheaper than a view. */
export function partOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.length <= IN_HEAP_BYTES ? bytes.slice(start, end) : bytes.subarray(start, end);
}

/** Little-endian, as a view would write it. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
