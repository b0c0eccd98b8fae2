import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientOptions, WebSocket } from 'ws';
import { connectTo, type Trust } from '../door/connect.ts';
import { ProtocolError } from '../errors.ts';
import { Limits } from '../limits.ts';
import type { Connection } from './port.ts';
import { type Dial, Redial } from './redial.ts';
import { GONE_STATUS, NEW_SESSION, SESSION_HEADER, sessionIn } from './resumption.ts';
import { SocketConnection } from './socket-connection.ts';
import { WebSocketLine } from './web-socket-line.ts';

export interface DialOptions {
  /** For wss: the authority that signed the other side's certificate (PEM), and the name that it must say, whatever the address. */
  readonly tls?: Trust;
  /** Opens a stream that leads there, such as a port-forward; it is closed with the line. A socket of its own unless said. */
  readonly over?: () => Promise<Duplex>;
  /** How long a connection whose line was cut is tried to be taken up again, in milliseconds, if the other side knows how; not at all unless said. */
  readonly resumeMs?: number;
  /**
   * How long the other side's system may take to answer, in milliseconds: where a request to connect was dropped, as some networks
   * do while a service has nobody behind it, the kernel asks again only after 1, 3 and 7 seconds. As long as the kernel tries unless said.
   */
  readonly connectMs?: number;
  /** Once open it does not keep the process running: who waits for what it brings does. A stream that it is dialled `over` sees to itself. */
  readonly background?: boolean;
}

/** A WebSocket that is open, and what the answer to its request said. Nothing is read from it before this turn ends. */
export interface Opened {
  readonly socket: WebSocket;
  readonly headers: IncomingMessage['headers'];
}

/** `address`: ws://host:port or wss://host:port. Fails with ProtocolError 'unreachable'. */
export function dialSocket(address: string, options: DialOptions = {}): Promise<Connection> {
  const { resumeMs = 0, background = false } = options;
  const request = resumeMs > 0 ? { [SESSION_HEADER]: NEW_SESSION } : {};
  return dialled(address, options, request, ({ socket, headers }) => {
    const line = new WebSocketLine(socket, address);
    const ticket = sessionIn(headers);
    if (ticket === undefined) return new SocketConnection(line, address, Limits.frameBytes);
    const dial: Dial = (request, opened) => dialled(address, options, request, opened);
    const redial = new Redial({ ticket, resumeMs, dial, background });
    const connection = new SocketConnection(line, address, Limits.frameBytes, redial);
    redial.watch(connection, socket);
    return connection;
  });
}

/** `opened` is called in the turn in which the line opens, so that none of its messages is missed. */
async function dialled<T>(
  address: string,
  { tls, over, background, connectMs }: DialOptions,
  headers: Readonly<Record<string, string>>,
  opened: (opened: Opened) => T,
): Promise<T> {
  // Local clusters dial no WebSocket, and start without what it takes.
  const { WebSocket } = await import('ws');
  const stream = await over?.();
  // A mask protects proxies from browsers' scripts; we are none, and a zero mask saves a pass over the bytes.
  const socket = new WebSocket(address, {
    perMessageDeflate: false,
    maxPayload: Limits.frameBytes,
    generateMask: (mask) => mask.fill(0),
    handshakeTimeout: Limits.helloMs,
    headers,
    finishRequest: (request) => {
      if (connectMs !== undefined) request.once('socket', (line) => boundConnecting(line, connectMs));
      request.end();
    },
    ...socketOptions(address, tls, stream),
  });
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage['headers'] = {};
    socket.once('upgrade', (response) => {
      answer = response.headers;
      if (background && !over) response.socket.unref();
    });
    const failed = (cause: Error) => {
      stream?.destroy();
      reject(failure(address, cause));
    };
    socket.on('error', failed);
    socket.once('open', () => {
      socket.off('error', failed);
      resolve(opened({ socket, headers: answer }));
    });
  });
}

function socketOptions(address: string, tls: DialOptions['tls'], over: Duplex | undefined): ClientOptions {
  if (!over) return { ...tls };
  const secure = address.startsWith('wss:');
  return {
    createConnection: () => (secure ? connectTo(new URL(address), { trust: tls, over }) : over) as Socket,
  };
}

function boundConnecting(line: Socket, connectMs: number): void {
  if (!line.connecting) return;
  const late = () => line.destroy(new Error(`nobody answered within ${connectMs} ms`));
  const timer = setTimeout(late, connectMs);
  line.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

function failure(address: string, cause: Error): ProtocolError {
  // The words of ws, which keeps the status to itself.
  if (cause.message.endsWith(`response: ${GONE_STATUS}`)) {
    const why =
      'the scheduler does not know this session any more: it was started again, or was out of reach for too long';
    return new ProtocolError('connection-lost', why, { cause });
  }
  // The words of OpenSSL, which tell of versions.
  const why = cause.message.includes('wrong version number')
    ? 'what listens there speaks no TLS: say ws://'
    : cause.message;
  return new ProtocolError('unreachable', `no scheduler answers at ${address} (${why})`, { cause });
}
