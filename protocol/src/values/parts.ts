import { INLINE_BYTES } from './limits.ts';
import type { Parts } from './port.ts';

export function partsLength(parts: Parts): number {
  let length = 0;
  for (const part of parts) length += part.byteLength;
  return length;
}

/** One piece; a single part is returned as it is, not copied. */
export function joinParts(parts: Parts): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(partsLength(parts));
  copyParts(parts, joined, 0);
  return joined;
}

/** Copies the parts into `into` from `offset` on; returns the offset behind them. */
export function copyParts(parts: Parts, into: Uint8Array, offset: number): number {
  let at = offset;
  for (const part of parts) {
    into.set(part, at);
    at += part.byteLength;
  }
  return at;
}

/** Gathers small pieces into one part each and passes large ones on as views. */
export class PartsBuilder {
  readonly #parts: Uint8Array[] = [];
  #small: Uint8Array[] = [];
  #smallBytes = 0;
  length = 0;

  /** For bytes that do not change any more: they may be copied late. */
  copy(bytes: Uint8Array): void {
    this.#small.push(bytes);
    this.#smallBytes += bytes.byteLength;
    this.length += bytes.byteLength;
  }

  view(bytes: Uint8Array): void {
    this.#flush();
    this.#parts.push(bytes);
    this.length += bytes.byteLength;
  }

  /** Copies what is small. */
  append(parts: Parts): void {
    for (const part of parts) {
      if (part.byteLength > INLINE_BYTES) this.view(part);
      else this.copy(part);
    }
  }

  align(alignment: number): void {
    const rest = this.length % alignment;
    if (rest !== 0) this.copy(new Uint8Array(alignment - rest));
  }

  build(): Parts {
    this.#flush();
    return this.#parts;
  }

  #flush(): void {
    if (this.#smallBytes > 0) {
      const joined = new Uint8Array(this.#smallBytes);
      copyParts(this.#small, joined, 0);
      this.#parts.push(joined);
    }
    this.#small = [];
    this.#smallBytes = 0;
  }
}
