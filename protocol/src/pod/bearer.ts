import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Does the request show one of these tokens? */
export function showsToken(request: IncomingMessage, tokens: readonly string[]): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  return tokens.some((token) => {
    const wanted = Buffer.from(`Bearer ${token}`);
    return token !== '' && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
