import type { DecodeContext, EncodeHooks, Parts } from './port.ts';

/** Codec 3: functions, instances of the user's classes, symbols. It lives with the function codec, which needs this one. */
export interface GraphCodec {
  encode(value: unknown, hooks: EncodeHooks | undefined, path: string | undefined, sharing?: Sharing): Parts;
  decode(bytes: Uint8Array, context: DecodeContext, shared?: Shared): unknown;
}

/** Begins empty, and is passed along with each row of a column; the codec puts there what it does not repeat in each. */
export interface Sharing {
  common?: { finish(): Parts | undefined };
}

/** What the rows of a column share, decoded when the first of them asks. */
export type Shared = () => unknown;

let registered: GraphCodec | undefined;

export function registerGraphCodec(codec: GraphCodec): void {
  registered = codec;
}

export function graphCodec(): GraphCodec | undefined {
  return registered;
}
