// Not by its name, which an older Node lacks: it would say that, and not that it is too old.
import * as crypto from 'node:crypto';
import type { Parts } from '../../values/port.ts';
import { BoundedMap, CACHED_SOURCES } from '../bounded-map.ts';

/** Bytes that are known by what they are: a graph, or a source text. */
export interface Blob {
  /** The first 32 hex digits of the SHA-256 of the bytes. */
  readonly hash: string;
  readonly parts: Parts;
}

const HASH_DIGITS = 32;
const encoder = new TextEncoder();
const sources = new BoundedMap<string, Blob & { readonly text: string }>(CACHED_SOURCES);

export function hashOf(bytes: Uint8Array): string {
  return crypto.hash('sha256', bytes).slice(0, HASH_DIGITS);
}

/** The blob of a source text: one object for one text, so that it is hashed once. */
export function sourceBlob(text: string): Blob & { readonly text: string } {
  const known = sources.get(text);
  if (known) return known;
  const bytes = encoder.encode(text);
  const blob = { hash: hashOf(bytes), parts: [bytes], text };
  sources.set(text, blob, text.length);
  return blob;
}
