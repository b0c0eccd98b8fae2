/**
 * How a connection survives its line. The caller asks for it in the WebSocket's upgrade request, the called side answers with a ticket;
 * whoever shows that within Limits.resumeMs of a cut, and says how many bytes it has received, gets told the same and carries on.
 *
 *   GET /  x-taskloom-session: new                                 101  x-taskloom-session: {ticket}
 *   GET /  x-taskloom-session: {ticket}  x-taskloom-received: {n}  101  x-taskloom-received: {m}     or 410, if nobody knows the ticket
 *
 * A ticket opens nothing but the connection that it was given to, before as after the hello.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { SocketConnection } from './socket-connection.ts';

export const SESSION_HEADER = 'x-taskloom-session';
export const RECEIVED_HEADER = 'x-taskloom-received';
/** In the place of a ticket: give me one. */
export const NEW_SESSION = 'new';
/** RFC 9110, section 15.5.11. */
export const GONE_STATUS = 410;

/** What is done for a connection that can be taken up again. */
export interface Resumption {
  /** Its line was cut: `carryOn` or `giveUp` is called in time. */
  cut(connection: SocketConnection): void;
  /** It needs no other line any more. */
  ended(): void;
}

export function sessionIn(headers: IncomingHttpHeaders): string | undefined {
  return headers[SESSION_HEADER]?.toString();
}

/** NaN when it is not said, or nonsense. */
export function receivedIn(headers: IncomingHttpHeaders): number {
  return Number(headers[RECEIVED_HEADER] ?? Number.NaN);
}
