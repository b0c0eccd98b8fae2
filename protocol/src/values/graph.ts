import type { DecodeContext, EncodeHooks, Parts } from './port.ts';

/** Codec 3: functions, instances of the user's classes, symbols. It lives with the function codec, which needs this one. */
export interface GraphCodec {
  encode(value: unknown, hooks: EncodeHooks | undefined, path: string | undefined): Parts;
  decode(bytes: Uint8Array, context: DecodeContext): unknown;
}

let registered: GraphCodec | undefined;

export function registerGraphCodec(codec: GraphCodec): void {
  registered = codec;
}

export function graphCodec(): GraphCodec | undefined {
  return registered;
}
