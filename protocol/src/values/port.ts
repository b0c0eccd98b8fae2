/**
 * A value as bytes. The first byte names the codec; its high bit says that buffers follow out of band:
 *
 *   plain     u8 codec | body
 *   buffered  u8 codec|0x80, u8 0, u16 0, u32 body length, u32 count, u32 x count lengths | body | each buffer, aligned to 16
 *
 * (little-endian; aligned relative to the first byte, so that a typed array can be a view of the stored value).
 * The body is by codec: MessagePack with the extensions of msgpack-format.ts; Node's serializer as v8-codec.ts uses it; what the
 * registered graph codec writes; the bytes of a Uint8Array; or nothing, where the buffers are arrays that make one when they are put
 * behind each other, each encoded by itself (not as rows again), or where they are such an array or rows, and the classes that these share.
 */
export const Codec = { msgpack: 1, v8: 2, graph: 3, raw: 4, rows: 5, sharing: 6 } as const;
export type Codec = (typeof Codec)[keyof typeof Codec];

/** The bytes of one value in pieces, to be sent or stored one after another; typed arrays' bytes are views, not copies. */
export type Parts = readonly Uint8Array[];

/** The brands by which codecs know a Future (its task number, u32) and a list of futures without importing the client. */
export const FUTURE: unique symbol = Symbol.for('taskloom.future') as never;
export const FUTURES: unique symbol = Symbol.for('taskloom.futures') as never;

/** The brand of what stands in a task where a future was captured: a part of an argument or a result, it is its value. */
export const RESOLVED: unique symbol = Symbol.for('taskloom.resolved') as never;

export interface FutureLike {
  readonly [FUTURE]: number;
}
/** Consecutive task numbers [first, first + count). */
export interface FuturesLike {
  readonly [FUTURES]: { readonly first: number; readonly count: number };
}

export interface ResolvedLike {
  readonly [RESOLVED]: true;
  readonly value: unknown;
}

/** The row of a future that every task of a block waits for. */
export const EVERY_ROW = -1;

/** Called when a value was encoded. `row` is the task within the block (0 for a single value), or EVERY_ROW. */
export interface EncodeHooks {
  /** A future stands in the value: record the dependency. Throws when it may not (another client's, released). */
  future?(future: FutureLike, row: number): void;
  futures?(futures: FuturesLike, row: number): void;
  /** Of the bytes of a column, so many are there once for all of its rows: to cut the block makes them no fewer. */
  shared?(bytes: number): void;
}

/** What a decoder needs of the place where it runs. */
export interface DecodeContext {
  /** The value that stands where a future stood as an argument. */
  resolve?(task: number): unknown;
  /** What stands where a captured future stood: has `value`, and is awaitable. */
  captured?(task: number): unknown;
  /** Source text by its hash, for functions inside values. */
  source?(hash: string): string;
}
