import { ProtocolError } from '@taskloom/protocol';
import { type ClientCode, ClientError } from './errors.ts';

const CODES: { readonly [K in ProtocolError['code']]?: ClientCode } = {
  unreachable: 'unreachable',
  'wrong-token': 'wrong-token',
  'version-mismatch': 'version-mismatch',
  closed: 'closed',
  'bad-message': 'refused',
  'bad-frame': 'refused',
  'limit-exceeded': 'too-large',
};

/** Why there is no connection, or no more, in words that say what to do. `gone`: what that is when nobody is there (any more). */
export function lostError(reason: unknown, address: string, gone?: string): Error {
  if (!(reason instanceof ProtocolError)) return reason instanceof Error ? reason : new Error(String(reason));
  const code = CODES[reason.code] ?? 'connection-lost';
  return new ClientError(code, `${reason.message}; ${nextThing(code, address, gone)}`, { cause: reason });
}

function nextThing(code: ClientCode, address: string, gone: string | undefined): string {
  if (gone && (code === 'unreachable' || code === 'connection-lost')) return gone;
  if (code === 'unreachable') return `is a scheduler running there? Start one with: taskloom scheduler`;
  if (code === 'wrong-token')
    return `set TASKLOOM_TOKEN to the token that the scheduler at ${address} printed`;
  if (code === 'version-mismatch') return 'use the same version of @taskloom packages on both sides';
  if (code === 'closed') return 'connect a new client';
  if (code === 'refused')
    return `the same call would be refused again: please report it, with the versions here and at ${address}`;
  if (code === 'too-large')
    return 'the same again would be too much again: submit less at once, scatter what is large, and let this process read what comes';
  return `what was not fetched from ${address} is lost with it: connect again and submit again`;
}
