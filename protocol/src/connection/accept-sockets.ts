import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { ProtocolError } from '../errors.ts';
import { Limits } from '../limits.ts';
import type { Line } from './line.ts';
import type { Connection } from './port.ts';
import {
  GONE_STATUS,
  NEW_SESSION,
  RECEIVED_HEADER,
  type Resumption,
  receivedIn,
  SESSION_HEADER,
  sessionIn,
} from './resumption.ts';
import { SocketConnection } from './socket-connection.ts';
import { WebSocketLine } from './web-socket-line.ts';

/** A peer that went without a word is found out after some minutes, as the system has it. */
const KEEP_ALIVE_MS = 30_000;

export interface AcceptOptions {
  /** The longest first envelope, since it is from a stranger. */
  readonly firstBytes?: number;
  /** How long a peer that was cut off is waited for, in milliseconds. */
  readonly resumeMs?: number;
}

/**
 * Takes WebSocket connections on a server that already listens. `close` takes no more; those there are stay. What takes them is loaded when
 * the first one comes: to a local cluster mostly none does.
 */
export function acceptSockets(
  server: Server,
  accepted: (connection: Connection) => void,
  { firstBytes = Limits.helloBytes, resumeMs = Limits.resumeMs }: AcceptOptions = {},
): { close(): void } {
  const sessions = new Sessions(resumeMs);
  const connected = (socket: WebSocket, request: IncomingMessage) => {
    const { remoteAddress, remotePort } = request.socket;
    const peer = `${remoteAddress}:${remotePort}`;
    const line = new WebSocketLine(socket, peer);
    if (sessions.carryOn(line, request)) return;
    request.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const resumption = sessions.of(request);
    const connection = new SocketConnection(line, peer, firstBytes, resumption);
    resumption?.begun(connection);
    accepted(connection);
  };
  let taking: Promise<WebSocketServer> | undefined;
  let isClosed = false;
  const upgrade = async (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // Until it is taken nobody else hears that it broke.
    stream.on('error', ignore);
    taking ??= takerOf(sessions);
    const taker = await taking;
    stream.off('error', ignore);
    if (isClosed) stream.destroy();
    else taker.handleUpgrade(request, stream, head, connected);
  };
  server.on('upgrade', upgrade);
  return {
    close: () => {
      isClosed = true;
      server.off('upgrade', upgrade);
    },
  };
}

const ignore = () => {};

async function takerOf(sessions: Sessions): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  const taker = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: Limits.frameBytes,
    verifyClient: ({ req }, done) => done(sessions.knows(req), GONE_STATUS, 'no such session'),
  });
  taker.on('headers', (headers, request) => headers.push(...sessions.answer(request)));
  return taker;
}

/** Connections that can be taken up again, by their tickets. */
class Sessions {
  readonly #connections = new Map<string, SocketConnection>();
  readonly #made = new WeakMap<IncomingMessage, string>();
  readonly #resumeMs: number;

  constructor(resumeMs: number) {
    this.#resumeMs = resumeMs;
  }

  knows({ headers }: IncomingMessage): boolean {
    const session = sessionIn(headers);
    return session === undefined || session === NEW_SESSION || this.#connections.has(session);
  }

  /** Headers of the answer. From here on nothing more is received over the old line. */
  answer(request: IncomingMessage): string[] {
    const session = sessionIn(request.headers);
    if (session === undefined) return [];
    if (session === NEW_SESSION) {
      const ticket = randomBytes(24).toString('base64url');
      this.#made.set(request, ticket);
      return [`${SESSION_HEADER}: ${ticket}`];
    }
    const connection = this.#connections.get(session);
    connection?.detach();
    return [`${RECEIVED_HEADER}: ${connection?.receivedBytes}`];
  }

  carryOn(line: Line, { headers }: IncomingMessage): boolean {
    const connection = this.#connections.get(sessionIn(headers) ?? '');
    connection?.carryOn(line, receivedIn(headers));
    return connection !== undefined;
  }

  of(request: IncomingMessage): Waiting | undefined {
    const ticket = this.#made.get(request);
    return ticket === undefined ? undefined : new Waiting(ticket, this.#connections, this.#resumeMs);
  }
}

/** Waits for the peer to come back. */
class Waiting implements Resumption {
  readonly #ticket: string;
  readonly #connections: Map<string, SocketConnection>;
  readonly #resumeMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(ticket: string, connections: Map<string, SocketConnection>, resumeMs: number) {
    this.#ticket = ticket;
    this.#connections = connections;
    this.#resumeMs = resumeMs;
  }

  begun(connection: SocketConnection): void {
    this.#connections.set(this.#ticket, connection);
  }

  cut(connection: SocketConnection): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!connection.attached) connection.giveUp(this.#away(connection.peer));
    }, this.#resumeMs).unref();
  }

  ended(): void {
    clearTimeout(this.#timer);
    this.#connections.delete(this.#ticket);
  }

  #away(peer: string): ProtocolError {
    return new ProtocolError(
      'connection-lost',
      `${peer} was cut off and did not come back in ${this.#resumeMs} ms`,
    );
  }
}
