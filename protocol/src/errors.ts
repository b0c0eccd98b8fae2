/** Why a connection was refused or closed; travels as the close reason. */
export type ProtocolCode =
  | 'bad-frame'
  | 'bad-message'
  | 'limit-exceeded'
  | 'wrong-token'
  | 'version-mismatch'
  | 'hello-expected'
  | 'unreachable'
  | 'connection-lost'
  | 'closed';

/** An operating failure of a connection. `retryable`: whether dialling again can help. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolCode;

  constructor(code: ProtocolCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return this.code === 'unreachable' || this.code === 'connection-lost';
  }
}
