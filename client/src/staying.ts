/**
 * What a client opens (sockets, processes, threads) lets its process end, so that a script that forgets `close` ends by itself.
 * Whoever waits for something keeps the process running meanwhile, by this one handle.
 */
/** The longest that a timer can be, in milliseconds. */
export const FOREVER_MS = 2 ** 31 - 1;

let waits = 0;
let handle: NodeJS.Timeout | undefined;

/** From now on, until `leave` was called as often, the process has a reason to run. */
export function stay(): void {
  if (waits++ > 0) return;
  handle ??= setInterval(() => {}, FOREVER_MS);
  handle.ref();
}

export function leave(): void {
  if (--waits === 0) handle?.unref();
}

/** Stays until the promise has settled. */
export function staying<T>(promise: Promise<T>): Promise<T> {
  stay();
  promise.then(leave, leave);
  return promise;
}
