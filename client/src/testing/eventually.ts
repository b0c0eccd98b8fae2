import { expect } from 'vitest';

/** For what other processes do: it takes as long as it takes, and the test's own time says when it never comes. */
export function eventually<T>(value: () => T) {
  return expect.poll(value, { timeout: 60_000, interval: 5 });
}
