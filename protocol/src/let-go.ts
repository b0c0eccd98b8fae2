/**
 * Gives the memory of a chunk back at once, for who knows that nobody reads it any more.
 *
 * V8 takes what waits for its collector outside of the heap as pressure, and answers with a full collection for every 64 MB of it: when
 * hundreds of MB pass through in chunks, that costs more than everything else that is done with them. A chunk that is part of a
 * larger buffer is left alone, since others may have the rest.
 */
export function letGo(chunk: Uint8Array<ArrayBuffer>): void {
  if (chunk.byteLength === chunk.buffer.byteLength) chunk.buffer.transfer(0);
}
