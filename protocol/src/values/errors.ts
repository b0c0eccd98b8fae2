/** Steps of a way that a message names from each end. */
const STEPS_SHOWN = 8;

/** A value cannot leave this process. `path` leads to the part that cannot: `['score', 'db', 'conn']`. */
export class TravelError extends Error {
  readonly code = 'cannot-travel';
  readonly retryable = false;
  readonly path: readonly string[];
  readonly reason: string;

  constructor(path: readonly string[], reason: string) {
    super(`cannot send ${wayTo(path)}: ${reason}`);
    this.name = 'TravelError';
    this.path = path;
    this.reason = reason;
  }
}

function wayTo(path: readonly string[]): string {
  if (path.length === 0) return 'the value';
  const left = path.length - 2 * STEPS_SHOWN;
  if (left <= 0) return path.join(' -> ');
  return [...path.slice(0, STEPS_SHOWN), `… ${left} more …`, ...path.slice(-STEPS_SHOWN)].join(' -> ');
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
