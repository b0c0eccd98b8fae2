import type { ProtocolCode, ProtocolError } from '../errors.ts';
import type { Message } from '../messages.ts';

export interface Handlers {
  /** What arrived together. Must not throw; credit for it is given back when this returns. */
  messages(batch: readonly Message[]): void;
  /** There is credit again after there was none. */
  writable?(): void;
  /** What it runs over was cut, and is looked for anew (false), or was found (true); only where it can be taken up again. */
  attached?(on: boolean): void;
  /** Once, last, never inside a call of `close` or `open`. */
  closed(reason: ProtocolError): void;
}

/**
 * One peer. Messages arrive in order or not at all. `send` never blocks: what is sent in one turn of the event loop leaves
 * together at its end, as far as the other side has granted credit; the rest waits. A message that was sent is the connection's:
 * its columns and sections are not to be written to again. Sent to a closed connection it goes nowhere.
 */
export interface Connection {
  /** Who is at the other end, for messages to people. */
  readonly peer: string;
  /** False while more was sent than the peer has credit for: produce no more until `writable` is called. */
  readonly writable: boolean;
  /** Bytes that wait for credit. */
  readonly queuedBytes: number;
  /** Starts delivery; handlers may be replaced by calling it again. Until then nothing is heard, not even grants of credit. */
  open(handlers: Handlers): void;
  /** Throws ProtocolError 'limit-exceeded' for a message that no peer would take. */
  send(message: Message): void;
  /** Sends what waits (as far as credit goes), then closes. The other side learns code and reason. */
  close(code?: ProtocolCode, reason?: string): void;
}
