const CODES = [
  'bad-frame',
  'bad-message',
  'limit-exceeded',
  'wrong-token',
  'version-mismatch',
  'hello-expected',
  'unreachable',
  'connection-lost',
  'closed',
] as const;

/** Why a connection was refused or closed; travels as the close reason. */
export type ProtocolCode = (typeof CODES)[number];

/** The code that a peer sent as text; a newer peer may know more of them. */
export function protocolCode(text: string | undefined): ProtocolCode {
  return CODES.find((code) => code === text) ?? 'closed';
}

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
