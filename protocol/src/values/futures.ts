import { TravelError, ValueError } from './errors.ts';
import { MAX_LISTED_FUTURES } from './limits.ts';
import type { DecodeContext, EncodeHooks, FutureLike, FuturesLike, ResolvedLike } from './port.ts';
import { FUTURE, FUTURES, RESOLVED } from './port.ts';

/** Why a future is refused where nobody knows what to do with it. */
export const NO_MEANING =
  'a Future has no meaning here; gather it and send its value, or pass it to a task as an argument';

export function isFuture(value: object): value is FutureLike {
  return FUTURE in value;
}

export function isFutures(value: object): value is FuturesLike {
  return FUTURES in value;
}

export function isResolved(value: object): value is ResolvedLike {
  return RESOLVED in value;
}

/** Tells the hooks about the futures of a value that was encoded. */
export function reportFutures(
  futures: readonly (FutureLike | FuturesLike)[],
  hooks: EncodeHooks | undefined,
  row: number,
  path: readonly string[],
): void {
  for (const future of futures) {
    if (isFuture(future) && hooks?.future !== undefined) hooks.future(future, row);
    else if (isFutures(future) && hooks?.futures !== undefined) hooks.futures(future, row);
    else throw new TravelError(path, NO_MEANING);
  }
}

export function resolveFuture(context: DecodeContext, task: number): unknown {
  if (context.resolve !== undefined) return context.resolve(task);
  throw new ValueError(`the value refers to task ${task} and is decoded where no task is known`);
}

export function resolveFutures(context: DecodeContext, first: number, count: number): unknown[] {
  if (count <= MAX_LISTED_FUTURES) {
    return Array.from({ length: count }, (_, index) => resolveFuture(context, first + index));
  }
  throw new ValueError(
    `a list of ${count} futures is longer than MAX_LISTED_FUTURES (${MAX_LISTED_FUTURES})`,
  );
}
