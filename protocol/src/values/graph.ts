import type { DecodeContext, EncodeHooks, Parts } from './port.ts';

/** Codec 3: functions, instances of the user's classes, symbols. It lives with the function codec, which needs this one. */
export interface GraphCodec {
  encode(value: unknown, hooks: EncodeHooks | undefined, path: string | undefined, sharing?: Sharing): Parts;
  decode(bytes: Uint8Array, context: DecodeContext, shared?: Shared): unknown;
  /** The name of the class that an error is of, or the nearest one above it, where that came here by value. */
  classNameOf(error: Error): string | undefined;
  /** The prototype of the class that such a name stands for, in the process that it came from. */
  prototypeAtHome(className: string): object | undefined;
}

/**
 * Begins empty, and is passed along with each row of a column or a block; the codec puts there what it does not repeat in each. `finish`
 * gives that as far as it is known: later it may be more.
 */
export interface Sharing {
  common?: { finish(): Parts | undefined };
  /** Code runs between the rows, which may load modules. */
  readonly apart?: boolean;
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
