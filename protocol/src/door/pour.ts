import type { OnReadOpts } from 'node:net';

/** Gives `bytes` to who reads into memory of its own choice, as a socket would; whether it wants to read on. Empty memory ends it. */
export function pour(bytes: Uint8Array, { buffer, callback }: OnReadOpts): boolean {
  let goOn = true;
  for (let at = 0; at < bytes.length; ) {
    const space = typeof buffer === 'function' ? buffer() : buffer;
    if (space.length === 0) break;
    const piece = bytes.subarray(at, at + space.length);
    space.set(piece);
    at += piece.length;
    goOn = callback(piece.length, space);
  }
  return goOn;
}
