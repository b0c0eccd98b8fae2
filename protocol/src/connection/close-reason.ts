/** How the reason for closing travels, in as little as a WebSocket's close frame takes, and what a close that came without says. */
import { type ProtocolCode, ProtocolError, protocolCode } from '../errors.ts';
import { Limits } from '../limits.ts';

/** RFC 6455 leaves 4000-4999 to applications. */
export const CLOSE_STATUS = 4000;
/** RFC 6455, section 7.4.1: the message is too big. */
const TOO_BIG_STATUS = 1009;
/** Control frames carry at most 125 bytes, two of them the status. */
const TEXT_BYTES = 123;

export function closeText(code: ProtocolCode, reason: string): Buffer {
  const text = Buffer.from(`${code}: ${reason}`);
  if (text.length <= TEXT_BYTES) return text;
  // The cut may fall into a character: what is left of it goes too.
  return Buffer.from(
    `${text
      .subarray(0, TEXT_BYTES - 3)
      .toString()
      .replace(/\ufffd+$/, '')}...`,
  );
}

export function reasonOfClose(status: number, text: string, peer: string): ProtocolError {
  if (status === CLOSE_STATUS) {
    const [code, ...rest] = text.split(': ');
    return new ProtocolError(protocolCode(code), rest.join(': ') || `closed by ${peer}`);
  }
  if (status === TOO_BIG_STATUS) return tooLarge(`${peer} refused a message`);
  return new ProtocolError('connection-lost', `the connection to ${peer} is gone (status ${status})`);
}

export function reasonOfError(cause: Error & { code?: string }, peer: string): ProtocolError {
  if (cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return tooLarge(`${peer} sent a message`, cause);
  if (cause.code?.startsWith('WS_ERR_')) {
    return new ProtocolError('bad-frame', `${peer} broke the WebSocket protocol: ${cause.message}`, {
      cause,
    });
  }
  return new ProtocolError('connection-lost', `the connection to ${peer} broke: ${cause.message}`, { cause });
}

function tooLarge(what: string, cause?: Error): ProtocolError {
  return new ProtocolError('limit-exceeded', `${what} of more than frameBytes (${Limits.frameBytes})`, {
    cause,
  });
}
