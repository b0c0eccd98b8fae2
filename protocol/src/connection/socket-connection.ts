/**
 * The connection port over `ws`. An envelope is one binary message; a grant of credit is 8 bytes: u32 0, u32 bytes.
 *
 * The WebSocket is only the line. Where both sides agreed on it, a connection whose line is cut waits for another and carries on over
 * it: each side says how much it has received, and what is missing is sent again (see resumption.ts). Nobody above notices.
 */
import { WebSocket } from 'ws';
import { decodeEnvelope, encodeEnvelope, type Sealed } from '../codec.ts';
import { type ProtocolCode, ProtocolError } from '../errors.ts';
import { exceeded, Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import { CLOSE_STATUS, closeText, reasonOfClose, reasonOfError } from './close-reason.ts';
import { Outbox } from './outbox.ts';
import type { Connection, Handlers } from './port.ts';
import type { Resumption } from './resumption.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** Grants are collected up to this, so that they are few. */
const GRANT_BYTES = Limits.creditBytes / 4;
/** Small envelopes are granted sooner, where they are kept until then. */
const GRANT_ENVELOPES = 256;
/** A peer that does not answer our close is cut off after this, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;
/** An honest peer leaves no more than this unread: the window, and one message that overdraws it. */
const UNREAD_BYTES = Limits.creditBytes + Limits.frameBytes;

export class SocketConnection implements Connection {
  readonly peer: string;
  readonly #outbox: Outbox;
  readonly #resumption: Resumption | undefined;
  readonly #unacknowledged: Unacknowledged | undefined;
  /** The line; none while it is cut. */
  #socket: WebSocket | undefined;
  #handlers: Handlers | undefined;
  /** The size of the next envelope; the first of a caller is small, since nobody knows yet who it is. */
  #envelopeBytes: number;
  #receivedBytes = 0;
  #ungranted = { bytes: 0, envelopes: 0 };
  #reason: ProtocolError | undefined;
  #told = false;
  #cutOff: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, peer: string, firstBytes: number, resumption?: Resumption) {
    this.peer = peer;
    this.#envelopeBytes = firstBytes;
    this.#resumption = resumption;
    this.#unacknowledged = resumption && new Unacknowledged();
    this.#outbox = new Outbox({
      later: setImmediate,
      transmit: (envelope) => this.#transmit(envelope),
      writable: () => this.#handlers?.writable?.(),
      overflowed: (error) => this.close(error.code, error.message),
    });
    this.#attach(socket);
  }

  get writable(): boolean {
    return this.#outbox.writable;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  get attached(): boolean {
    return this.#socket !== undefined;
  }

  /** In envelopes, since the beginning. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  open(handlers: Handlers): void {
    this.#handlers = handlers;
    this.#socket?.resume();
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
    const socket = this.#socket;
    if (!socket) return queueMicrotask(() => this.#end());
    this.#sayGoodbye(socket, this.#reason);
  }

  /** Leaves its line: what arrives there from now on is not heard. */
  detach(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  /** Carries on over this line, on which the peer says how many bytes it has received in all. */
  carryOn(socket: WebSocket, receivedBytes: number): void {
    this.detach();
    this.#attach(socket);
    if (this.#reason) return this.#sayGoodbye(socket, this.#reason);
    // It was told how much we have received, which it takes as granted.
    this.#ungranted = { bytes: 0, envelopes: 0 };
    try {
      const news = this.#unacknowledged?.caughtUp(receivedBytes) ?? 0;
      for (const envelope of this.#unacknowledged?.envelopes ?? []) socket.send(envelope);
      if (news > 0) this.#outbox.granted(news);
    } catch (error) {
      return this.#blame(error);
    }
    this.#handlers?.attached?.(true);
  }

  /** There will be no other line. */
  giveUp(reason: ProtocolError): void {
    if (this.#told) return;
    this.#reason ??= reason;
    this.detach();
    this.#end();
  }

  #attach(socket: WebSocket): void {
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    if (!this.#handlers) socket.pause();
    let failure: ProtocolError | undefined;
    socket.on('message', (data, isBinary) => {
      if (socket === this.#socket) this.#received(data as Buffer, isBinary);
    });
    socket.on('error', (cause) => {
      failure ??= reasonOfError(cause, this.peer);
    });
    socket.on('close', (status, text) => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.#lineClosed(failure ?? reasonOfClose(status, text.toString(), this.peer));
    });
  }

  #sayGoodbye(socket: WebSocket, { code, message }: ProtocolError): void {
    // A paused socket would never see the answer to its close.
    socket.resume();
    socket.close(CLOSE_STATUS, closeText(code, message));
    this.#cutOff = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  #transmit(envelope: readonly Sealed[]): void {
    const socket = this.#socket?.readyState === WebSocket.OPEN ? this.#socket : undefined;
    if (!socket && !this.#unacknowledged) return;
    const bytes = encodeEnvelope(envelope);
    this.#unacknowledged?.sent(bytes);
    socket?.send(bytes);
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#reason) return;
    try {
      if (!isBinary) throw new ProtocolError('bad-frame', 'a text message; this protocol is binary');
      if (data.length === 8 && data.readUInt32LE(0) === 0) this.#granted(data.readUInt32LE(4));
      else this.#deliver(data);
    } catch (error) {
      this.#blame(error);
    }
  }

  /** What the peer did wrong closes the connection; what we did is a bug. */
  #blame(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.close(error.code, error.message);
  }

  #granted(bytes: number): void {
    const unread = this.#socket?.bufferedAmount ?? 0;
    if (unread > UNREAD_BYTES) {
      throw new ProtocolError('limit-exceeded', `credit was granted while ${unread} bytes are unread`);
    }
    this.#unacknowledged?.acknowledged(bytes);
    this.#outbox.granted(bytes);
  }

  #deliver(data: Buffer): void {
    if (data.length > this.#envelopeBytes) throw exceeded('helloBytes', data.length);
    this.#envelopeBytes = Limits.frameBytes;
    this.#receivedBytes += data.length;
    this.#handlers?.messages(decodeEnvelope(data));
    this.#ungranted.bytes += data.length;
    this.#ungranted.envelopes++;
    this.#grant();
  }

  #grant(): void {
    const { bytes, envelopes } = this.#ungranted;
    const many = this.#unacknowledged !== undefined && envelopes >= GRANT_ENVELOPES;
    const socket = this.#socket;
    if ((bytes < GRANT_BYTES && !many) || socket?.readyState !== WebSocket.OPEN) return;
    const grant = Buffer.alloc(8);
    grant.writeUInt32LE(bytes, 4);
    this.#ungranted = { bytes: 0, envelopes: 0 };
    socket.send(grant);
  }

  #lineClosed(reason: ProtocolError): void {
    const resumable = this.#resumption && !this.#reason && reason.code === 'connection-lost';
    if (resumable) {
      this.#resumption?.cut(this);
      return this.#handlers?.attached?.(false);
    }
    this.#reason ??= reason;
    this.#end();
  }

  #end(): void {
    if (this.#told) return;
    this.#told = true;
    clearTimeout(this.#cutOff);
    this.#outbox.clear();
    this.#unacknowledged?.clear();
    this.#resumption?.ended();
    this.#handlers?.closed(this.#reason as ProtocolError);
  }
}
