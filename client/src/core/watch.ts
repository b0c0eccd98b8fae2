/**
 * A watch: somebody waits for consecutive tasks, either for their values or for their outcome (finished or failed).
 *
 * 1. Each row of a watch is told once; `left` counts the rows that were not.
 * 2. A watch of one row keeps no column.
 */

/** Where the shell takes what is told; the core only carries it. */
export type Sink = object;

export interface Watch {
  readonly wants: 'value' | 'outcome';
  readonly first: number;
  readonly count: number;
  readonly sink: Sink;
  left: number;
  /** 1 for each row that was told. */
  readonly told: Uint8Array | undefined;
  /** The next watch of the same single task; the first, if this is the last. */
  next: Watch | undefined;
}

export function watchOf(wants: Watch['wants'], first: number, count: number, sink: Sink): Watch {
  const told = count === 1 ? undefined : new Uint8Array(count);
  return { wants, first, count, sink, left: count, told, next: undefined };
}

/** Calls `tell` for each run of rows in [from, to) that were not told yet, and counts them as told. */
export function tellFresh(
  watch: Watch,
  from: number,
  to: number,
  tell: (first: number, count: number) => void,
): void {
  const { told } = watch;
  if (!told) {
    if (watch.left === 0) return;
    watch.left = 0;
    tell(from, 1);
    return;
  }
  const end = to - watch.first;
  let at = from - watch.first;
  while (at < end) {
    const seen = told.subarray(at, end).indexOf(1);
    const stop = seen < 0 ? end : at + seen;
    if (stop > at) {
      told.fill(1, at, stop);
      watch.left -= stop - at;
      tell(watch.first + at, stop - at);
    }
    at = stop;
    while (at < end && told[at] === 1) at++;
  }
}
