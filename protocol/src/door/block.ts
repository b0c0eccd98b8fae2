/** What data doors give: blocks of values as a worker keeps them. */

export interface StoredBlock {
  /** Of its batch: the index of the first value in it, and how many there are. */
  readonly first: number;
  readonly count: number;
  readonly content: Uint8Array;
}

/** The largest value that a door takes or gives, in bytes. */
export const MAX_VALUE_BYTES = 4 * 1024 * 1024 * 1024 - 1;

/** A value could not be had from its holder. */
export class DoorError extends Error {
  override readonly name = 'DoorError';
  readonly code: 'not-here' | 'unreachable' | 'refused' | 'broken' | 'silent';

  constructor(code: DoorError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
