/** What a line of a watch says. */
import { ApiError, refused } from '../errors.ts';
import type { KubeObject } from '../objects.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: unknown };

export function watchEventOf<T extends KubeObject>(line: string, what: string): WatchEvent<T> {
  let event: WatchEvent<T>;
  try {
    event = JSON.parse(line);
  } catch (error) {
    throw new ApiError('bad-answer', `watch of ${what}: a line that is not JSON`, { cause: error });
  }
  if (event?.type === 'ERROR') {
    const code = (event.object as { code?: number } | undefined)?.code ?? 500;
    throw refused(code, event.object, `watch of ${what}`);
  }
  if (typeof event?.object?.metadata?.resourceVersion !== 'string') {
    throw new ApiError('bad-answer', `watch of ${what}: an event without an object`);
  }
  return event;
}

/**
 * Whether version `a` of a collection comes after `b`. Versions of one resource are decimal numbers of any length that grow
 * (guaranteed since Kubernetes 1.35, KEP-5504); of anything else only sameness can be told.
 */
export function isNewer(a: string, b: string): boolean {
  const decimal = /^[1-9][0-9]*$/;
  if (!decimal.test(a) || !decimal.test(b)) return a !== b;
  return a.length === b.length ? a > b : a.length > b.length;
}
