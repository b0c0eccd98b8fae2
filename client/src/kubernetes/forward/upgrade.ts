/** The opening handshake of a WebSocket, as a client does it (RFC 6455, section 4.1). */
import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { type RequestOptions, request as requestTls } from 'node:https';
import type { Socket } from 'node:net';

/** Of RFC 6455, section 1.3: what shows that the other side has read the key. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface Upgraded {
  readonly socket: Socket;
  /** What came together with the answer. */
  readonly early: Buffer;
}

export interface UpgradeOptions extends RequestOptions {
  /** The subprotocol that both must speak. */
  readonly subprotocol: string;
  /** How long it may take, in milliseconds. */
  readonly openMs: number;
  /** The error to fail with when the answer is another. */
  readonly refused: (answer: IncomingMessage) => Promise<Error>;
}

export function upgrade(
  url: URL,
  { subprotocol, openMs, refused, ...options }: UpgradeOptions,
): Promise<Upgraded> {
  const key = randomBytes(16).toString('base64');
  const headers = {
    ...options.headers,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
    'sec-websocket-protocol': subprotocol,
  };
  return new Promise((resolve, reject) => {
    const ask = (url.protocol === 'https:' ? requestTls : request)(url, { ...options, headers });
    const late = setTimeout(
      () => ask.destroy(new Error(`${url.host} did not answer within ${openMs / 1000} s`)),
      openMs,
    );
    ask.once('close', () => clearTimeout(late));
    ask.once('error', reject);
    ask.once('response', (answer) => refused(answer).then(reject, reject));
    ask.once('upgrade', ({ headers: said }, socket, early) => {
      clearTimeout(late);
      const isOurs =
        said['sec-websocket-accept'] === acceptOf(key) && said['sec-websocket-protocol'] === subprotocol;
      if (isOurs) return resolve({ socket: socket as Socket, early });
      socket.destroy();
      reject(new Error(`${url.host} does not speak ${subprotocol}`));
    });
    ask.end();
  });
}

const acceptOf = (key: string) => createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64');
