/** A value cannot leave this process. `path` leads to the part that cannot: `['score', 'db', 'conn']`. */
export class TravelError extends Error {
  readonly code = 'cannot-travel';
  readonly retryable = false;
  readonly path: readonly string[];
  readonly reason: string;

  constructor(path: readonly string[], reason: string) {
    super(`cannot send ${path.length === 0 ? 'the value' : path.join(' -> ')}: ${reason}`);
    this.name = 'TravelError';
    this.path = path;
    this.reason = reason;
  }
}

/** Bytes are not a value: damaged, hostile, or written by a newer version. */
export class ValueError extends Error {
  readonly code = 'bad-value';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ValueError';
  }
}
