/** Up to this length a string of ASCII is made faster here than by a call into Node. */
const SHORT = 16;
/** One array of each length, filled again for each string. */
const codesByLength: number[][] = Array.from({ length: SHORT + 1 }, (_, length) =>
  new Array<number>(length).fill(0),
);

export function readText(bytes: Uint8Array, start: number, length: number): string {
  if (length > SHORT) return decodeUtf8(bytes, start, length);
  const codes = codesByLength[length]!;
  for (let index = 0; index < length; index += 1) {
    const code = bytes[start + index]!;
    if (code > 0x7f) return decodeUtf8(bytes, start, length);
    codes[index] = code;
  }
  return String.fromCharCode.apply(null, codes);
}

/** Not a TextDecoder: that one refuses shared memory. */
function decodeUtf8(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('utf8');
}

const CACHED_KEYS = 1024;

interface CachedKey {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** The same few keys come again and again, and a string that was a key before is found faster in an object. */
export class KeyCache {
  readonly #keys: (CachedKey | undefined)[] = new Array<CachedKey | undefined>(CACHED_KEYS).fill(undefined);

  read(bytes: Uint8Array, start: number, length: number): string {
    if (length === 0) return '';
    const slot =
      (length * 31 +
        bytes[start]! * 17 +
        bytes[start + length - 1]! * 257 +
        bytes[start + (length >> 1)]! * 5) %
      CACHED_KEYS;
    const cached = this.#keys[slot];
    if (cached !== undefined && matches(cached.bytes, bytes, start, length)) return cached.text;
    const text = readText(bytes, start, length);
    this.#keys[slot] = { bytes: new Uint8Array(bytes.subarray(start, start + length)), text };
    return text;
  }
}

function matches(cached: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (cached.byteLength !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (cached[index] !== bytes[start + index]) return false;
  }
  return true;
}
