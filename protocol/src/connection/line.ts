import type { ProtocolError } from '../errors.ts';

export interface LineHandlers {
  received(bytes: Buffer): void;
  /** The peer did not keep to the rules of the line. */
  violated(error: ProtocolError): void;
  /** Once, last: what the peer said when it closed the line, or how it was lost. */
  closed(reason: ProtocolError): void;
}

/** What a connection runs over: brings whole messages, in order, as long as it lasts. */
export interface Line {
  /** Neither closed nor closing. */
  readonly isOpen: boolean;
  /** Bytes that were sent and that the system has not taken. */
  readonly unsentBytes: number;
  /** Once, in the turn in which the line opens. */
  listen(handlers: LineHandlers): void;
  pause(): void;
  resume(): void;
  send(bytes: Uint8Array): void;
  /** Tells the peer why, behind what was sent. */
  close(reason: ProtocolError): void;
  /** Ends it at once. */
  terminate(): void;
}
