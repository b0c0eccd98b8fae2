/** Futures, lists of them and nestings of both as the ranges they are, for those that watch how they end. */
import { FUTURE, FUTURES } from '@taskloom/protocol/values';
import { ClientError } from './errors.ts';
import { Future, HOME } from './future.ts';
import { FutureList } from './future-list.ts';
import { given } from './said.ts';
import type { Session } from './session.ts';

/** A future, a list of futures, or an iterable of either. */
export type Futures<T> = Future<T> | FutureList<T> | Iterable<Future<T> | FutureList<T>>;

/** What the futures among these give; of futures of different types any of theirs. */
export type ValueIn<F> =
  F extends Future<infer T>
    ? T
    : F extends FutureList<infer T>
      ? T
      : F extends Iterable<infer Each>
        ? ValueIn<Each>
        : never;

/** Consecutive tasks, and how to come by the future of each. */
export interface Span<T> {
  readonly handle: Future<T> | FutureList<T>;
  readonly name: string;
  readonly first: number;
  readonly count: number;
  futureAt(offset: number): Future<T>;
}

export function spansOf<T>(session: Session, futures: Futures<T>): Span<T>[] {
  if (futures instanceof Future || futures instanceof FutureList) return [spanOf(session, futures)];
  if (typeof futures !== 'object' || futures === null || !(Symbol.iterator in futures)) {
    throw new ClientError(
      'not-iterable',
      `a future or a list of futures is expected here, not ${notFutures(futures)}`,
    );
  }
  return Array.from(futures, (each) => spanOf(session, each));
}

function spanOf<T>(session: Session, handle: Future<T> | FutureList<T>): Span<T> {
  if (!(handle instanceof Future || handle instanceof FutureList)) {
    throw new ClientError('bad-option', `a future is expected in this list, not ${notFutures(handle)}`);
  }
  if (handle[HOME] !== session) {
    throw new ClientError('foreign-future', `the future of ${handle.name} belongs to another client`);
  }
  const { name } = handle;
  if (handle instanceof Future)
    return { handle, name, first: handle[FUTURE], count: 1, futureAt: () => handle };
  const { first, count } = handle[FUTURES];
  return { handle, name, first, count, futureAt: (offset) => handle.at(offset) as Future<T> };
}

/** What was given, and what helps with it. */
function notFutures(value: unknown): string {
  if (value instanceof Promise)
    return `${given(value)}: submit and map give futures, then and async functions do not`;
  return Array.isArray(value) ? `${given(value)}: a list in a list is spread, [...list]` : given(value);
}
