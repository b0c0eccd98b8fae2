/** The connection port over `ws`. An envelope is one binary message; a grant of credit is 8 bytes: u32 0, u32 bytes. */
import type { IncomingMessage, Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeEnvelope, encodeEnvelope } from '../codec.ts';
import { type ProtocolCode, ProtocolError } from '../errors.ts';
import { Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import { Outbox } from './outbox.ts';
import type { Connection, Handlers } from './port.ts';

/** RFC 6455 leaves 4000-4999 to applications. */
const CLOSE_STATUS = 4000;
/** Control frames carry at most 125 bytes, two of them the status. */
const REASON_BYTES = 120;
/** Grants are collected up to this, so that they are few. */
const GRANT_BYTES = Limits.creditBytes / 4;
/** A peer that does not answer our close is cut off after this, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

class SocketConnection implements Connection {
  readonly peer: string;
  readonly #socket: WebSocket;
  readonly #outbox: Outbox;
  #handlers: Handlers | undefined;
  #ungranted = 0;
  #reason: ProtocolError | undefined;
  #told = false;

  constructor(socket: WebSocket, peer: string) {
    this.peer = peer;
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    socket.pause();
    this.#outbox = new Outbox({
      later: setImmediate,
      transmit: (envelope) => socket.readyState === WebSocket.OPEN && socket.send(encodeEnvelope(envelope)),
      writable: () => this.#handlers?.writable?.(),
      overflowed: (error) => this.close(error.code, error.message),
    });
    socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary));
    socket.on('error', (cause) => {
      this.#reason ??= reasonOfError(cause, peer);
    });
    socket.on('close', (status, text) => this.#closed(status, text.toString()));
  }

  get writable(): boolean {
    return this.#outbox.writable;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  open(handlers: Handlers): void {
    this.#handlers = handlers;
    this.#socket.resume();
    if (this.#told && this.#reason) handlers.closed(this.#reason);
  }

  send(message: Message): void {
    if (!this.#reason) this.#outbox.push(message);
  }

  close(code: ProtocolCode = 'closed', reason = 'closed by this side'): void {
    if (this.#reason) return;
    this.#outbox.flush();
    this.#reason = new ProtocolError(code, reason);
    this.#socket.close(CLOSE_STATUS, clip(`${code}: ${reason}`));
    setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#reason) return;
    try {
      if (!isBinary) throw new ProtocolError('bad-frame', 'a text message; this protocol is binary');
      if (data.length === 8 && data.readUInt32LE(0) === 0) this.#outbox.granted(data.readUInt32LE(4));
      else this.#deliver(data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.code, error.message);
    }
  }

  #deliver(data: Buffer): void {
    const messages = decodeEnvelope(data);
    this.#handlers?.messages(messages);
    this.#ungranted += data.length;
    if (this.#ungranted < GRANT_BYTES || this.#socket.readyState !== WebSocket.OPEN) return;
    const grant = Buffer.alloc(8);
    grant.writeUInt32LE(this.#ungranted, 4);
    this.#ungranted = 0;
    this.#socket.send(grant);
  }

  #closed(status: number, text: string): void {
    const [code, ...rest] = text.split(': ');
    this.#reason ??=
      status === CLOSE_STATUS
        ? new ProtocolError(code as ProtocolCode, rest.join(': ') || `closed by ${this.peer}`)
        : new ProtocolError('connection-lost', `the connection to ${this.peer} is gone (status ${status})`);
    this.#told = true;
    this.#handlers?.closed(this.#reason);
  }
}

function reasonOfError(cause: Error, peer: string): ProtocolError {
  const tooLarge = (cause as { code?: string }).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  if (tooLarge) return new ProtocolError('limit-exceeded', `frameBytes is ${Limits.frameBytes}`, { cause });
  return new ProtocolError('connection-lost', `the connection to ${peer} broke: ${cause.message}`, { cause });
}

const clip = (text: string) => {
  const bytes = Buffer.from(text);
  return bytes.length <= REASON_BYTES
    ? bytes
    : Buffer.from(
        `${bytes
          .subarray(0, REASON_BYTES - 3)
          .toString('latin1')
          .replace(/[^\x20-\x7e]/g, '?')}...`,
      );
};

const zeroMask = (mask: Buffer) => mask.fill(0);

/** `address`: ws://host:port. Fails with ProtocolError 'unreachable'. */
export function dialSocket(address: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    // A mask protects proxies from browsers' scripts; we are none, and a zero mask saves a pass over the bytes.
    const socket = new WebSocket(address, {
      perMessageDeflate: false,
      maxPayload: Limits.frameBytes,
      generateMask: zeroMask,
      handshakeTimeout: Limits.helloMs,
    });
    const failed = (cause: Error) =>
      reject(
        new ProtocolError('unreachable', `no scheduler answers at ${address} (${cause.message})`, { cause }),
      );
    socket.once('error', failed);
    socket.once('open', () => {
      socket.off('error', failed);
      // Nagle's algorithm would hold back a small frame while another is under way.
      (socket as unknown as { _socket: { setNoDelay(on: boolean): void } })._socket.setNoDelay(true);
      resolve(new SocketConnection(socket, address));
    });
  });
}

/** Takes WebSocket connections on a server that already listens. */
export function acceptSockets(server: Server, accepted: (connection: Connection) => void): { close(): void } {
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: Limits.frameBytes });
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const { remoteAddress, remotePort } = request.socket;
    request.socket.setNoDelay(true);
    accepted(new SocketConnection(socket, `${remoteAddress}:${remotePort}`));
  });
  return { close: () => sockets.close() };
}
