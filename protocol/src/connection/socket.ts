/** The connection port over `ws`. An envelope is one binary message; a grant of credit is 8 bytes: u32 0, u32 bytes. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { decodeEnvelope, encodeEnvelope } from '../codec.ts';
import { type ProtocolCode, ProtocolError } from '../errors.ts';
import { exceeded, Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import { CLOSE_STATUS, closeText, reasonOfClose, reasonOfError } from './close-reason.ts';
import { Outbox } from './outbox.ts';
import type { Connection, Handlers } from './port.ts';

/** Grants are collected up to this, so that they are few. */
const GRANT_BYTES = Limits.creditBytes / 4;
/** A peer that does not answer our close is cut off after this, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;
/** An honest peer leaves no more than this unread: the window, and one message that overdraws it. */
const UNREAD_BYTES = Limits.creditBytes + Limits.frameBytes;

class SocketConnection implements Connection {
  readonly peer: string;
  readonly #socket: WebSocket;
  readonly #outbox: Outbox;
  #handlers: Handlers | undefined;
  /** The size of the next envelope; the first of a caller is small, since nobody knows yet who it is. */
  #envelopeBytes: number;
  #ungranted = 0;
  #reason: ProtocolError | undefined;
  #told = false;
  #cutOff: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, peer: string, firstBytes: number) {
    this.peer = peer;
    this.#socket = socket;
    this.#envelopeBytes = firstBytes;
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
    const reason = this.#reason;
    if (this.#told && reason) queueMicrotask(() => handlers.closed(reason));
  }

  send(message: Message): void {
    if (!this.#reason) this.#outbox.push(message);
  }

  close(code: ProtocolCode = 'closed', reason = 'closed by this side'): void {
    if (this.#reason) return;
    this.#outbox.flush();
    this.#outbox.clear();
    this.#reason = new ProtocolError(code, reason);
    // A paused socket would never see the answer to its close.
    this.#socket.resume();
    this.#socket.close(CLOSE_STATUS, closeText(code, reason));
    this.#cutOff = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#reason) return;
    try {
      if (!isBinary) throw new ProtocolError('bad-frame', 'a text message; this protocol is binary');
      if (data.length === 8 && data.readUInt32LE(0) === 0) this.#granted(data.readUInt32LE(4));
      else this.#deliver(data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.code, error.message);
    }
  }

  #granted(bytes: number): void {
    const unread = this.#socket.bufferedAmount;
    if (unread > UNREAD_BYTES) {
      throw new ProtocolError('limit-exceeded', `credit was granted while ${unread} bytes are unread`);
    }
    this.#outbox.granted(bytes);
  }

  #deliver(data: Buffer): void {
    if (data.length > this.#envelopeBytes) throw exceeded('helloBytes', data.length);
    this.#envelopeBytes = Limits.frameBytes;
    this.#handlers?.messages(decodeEnvelope(data));
    this.#ungranted += data.length;
    if (this.#ungranted < GRANT_BYTES || this.#socket.readyState !== WebSocket.OPEN) return;
    const grant = Buffer.alloc(8);
    grant.writeUInt32LE(this.#ungranted, 4);
    this.#ungranted = 0;
    this.#socket.send(grant);
  }

  #closed(status: number, text: string): void {
    clearTimeout(this.#cutOff);
    this.#outbox.clear();
    this.#reason ??= reasonOfClose(status, text, this.peer);
    this.#told = true;
    this.#handlers?.closed(this.#reason);
  }
}

const zeroMask = (mask: Buffer) => mask.fill(0);

export interface DialOptions {
  /** For wss: the authority that signed the other side's certificate (PEM), and the name that it must say, whatever the address. */
  readonly tls?: { readonly ca: string; readonly servername: string };
  /** A stream that leads there already, such as a port-forward; it is closed with the connection. */
  readonly over?: Duplex;
}

/** `address`: ws://host:port or wss://host:port. Fails with ProtocolError 'unreachable'. */
export function dialSocket(address: string, options: DialOptions = {}): Promise<Connection> {
  return new Promise((resolve, reject) => {
    // A mask protects proxies from browsers' scripts; we are none, and a zero mask saves a pass over the bytes.
    const socket = new WebSocket(address, {
      perMessageDeflate: false,
      maxPayload: Limits.frameBytes,
      generateMask: zeroMask,
      handshakeTimeout: Limits.helloMs,
      ...socketOptions(address, options),
    });
    const failed = (cause: Error) =>
      reject(
        new ProtocolError('unreachable', `no scheduler answers at ${address} (${cause.message})`, { cause }),
      );
    socket.on('error', failed);
    socket.once('open', () => {
      socket.off('error', failed);
      resolve(new SocketConnection(socket, address, Limits.frameBytes));
    });
  });
}

function socketOptions(address: string, { tls, over }: DialOptions): ClientOptions {
  if (!over) return { ...tls };
  const secure = address.startsWith('wss:');
  return { createConnection: () => (secure ? connectTls({ ...tls, socket: over }) : over) as Socket };
}

/**
 * Takes WebSocket connections on a server that already listens; the first envelope of each is at most `firstBytes` long, since it
 * is from a stranger. `close` takes no more; those there are stay.
 */
export function acceptSockets(
  server: Server,
  accepted: (connection: Connection) => void,
  firstBytes: number = Limits.helloBytes,
): { close(): void } {
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: Limits.frameBytes });
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const { remoteAddress, remotePort } = request.socket;
    request.socket.setNoDelay(true);
    accepted(new SocketConnection(socket, `${remoteAddress}:${remotePort}`, firstBytes));
  });
  return { close: () => sockets.close() };
}
