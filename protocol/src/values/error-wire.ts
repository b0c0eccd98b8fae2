import * as z from 'zod/mini';

/**
 * A task's failure on the wire: a value in plain msgpack, so that any language can make and read one. Errors refer to each
 * other by index, so that causes may share and cycle. The first is the one that was thrown, if it was an error.
 */
const Slot = z.union([
  /** Index of an error. */
  z.strictObject({ error: z.int().check(z.nonnegative()) }),
  /** A value by another codec, in the bytes that decodeValue takes. */
  z.strictObject({ encoded: z.custom<Uint8Array>((value) => value instanceof Uint8Array) }),
  /** What stood there and could not be sent. */
  z.strictObject({ text: z.string() }),
  /** A value that msgpack keeps. */
  z.strictObject({ plain: z.unknown() }),
]);

const WireError = z.object({
  /** A class that the language has; a user's own is sent as the nearest of these, under its `name`. */
  class: z.string(),
  /** The user's class by the name that the client gave it, which means something to that client only. */
  home: z.optional(z.string()),
  name: z.string(),
  message: z.string(),
  stack: z.optional(z.string()),
  cause: z.optional(Slot),
  errors: z.optional(z.array(Slot)),
  properties: z.optional(z.record(z.string(), Slot)),
});

export const TaskFailure = z.object({
  task: z.string(),
  worker: z.string(),
  attempt: z.number(),
  thrown: Slot,
  errors: z.array(WireError),
});

export type Slot = z.infer<typeof Slot>;
export type WireError = z.infer<typeof WireError>;
export type TaskFailure = z.infer<typeof TaskFailure>;

/** Where a task failed. */
export interface FailurePlace {
  readonly task: string;
  readonly worker: string;
  readonly attempt: number;
}
