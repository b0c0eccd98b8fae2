/**
 * The connection port over a line. An envelope is one message of it; a grant of credit is one of 8 bytes: u32 0, u32 bytes.
 *
 * Where both sides agreed on it, a connection whose line is cut waits for another and carries on over it: each side says how much it
 * has received, and what is missing is sent again (see resumption.ts). Nobody above notices.
 */
import { decodeEnvelope, encodeEnvelope, type Sealed } from '../codec.ts';
import { type ProtocolCode, ProtocolError } from '../errors.ts';
import { exceeded, Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import type { Line } from './line.ts';
import { Outbox } from './outbox.ts';
import type { Connection, Handlers } from './port.ts';
import type { Resumption } from './resumption.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** Grants are collected up to this, so that they are few. */
const GRANT_BYTES = Limits.creditBytes / 4;
/** Small envelopes are granted sooner, where they are kept until then. */
const GRANT_ENVELOPES = 256;
const GRANT_MESSAGE_BYTES = 8;
/** A peer that does not answer our close is cut off after this, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;
/** An honest peer leaves no more than this unread: the window, and one message that overdraws it. */
const UNREAD_BYTES = Limits.creditBytes + Limits.frameBytes;

export class SocketConnection implements Connection {
  readonly peer: string;
  readonly #outbox: Outbox;
  readonly #resumption: Resumption | undefined;
  readonly #unacknowledged: Unacknowledged | undefined;
  /** None while it is cut. */
  #line: Line | undefined;
  #handlers: Handlers | undefined;
  /** The size of the next envelope; the first of a caller is small, since nobody knows yet who it is. */
  #envelopeBytes: number;
  #receivedBytes = 0;
  #ungranted = { bytes: 0, envelopes: 0 };
  #reason: ProtocolError | undefined;
  #told = false;
  #cutOff: NodeJS.Timeout | undefined;

  constructor(line: Line, peer: string, firstBytes: number, resumption?: Resumption) {
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
    this.#attach(line);
  }

  get writable(): boolean {
    return this.#outbox.writable;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  get attached(): boolean {
    return this.#line !== undefined;
  }

  /** In envelopes, since the beginning. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  open(handlers: Handlers): void {
    this.#handlers = handlers;
    this.#line?.resume();
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
    const line = this.#line;
    if (!line) return queueMicrotask(() => this.#end());
    this.#sayGoodbye(line, this.#reason);
  }

  /** Leaves its line: what arrives there from now on is not heard. */
  detach(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.terminate();
  }

  /** Carries on over this line, on which the peer says how many bytes it has received in all. */
  carryOn(line: Line, receivedBytes: number): void {
    this.detach();
    this.#attach(line);
    if (this.#reason) return this.#sayGoodbye(line, this.#reason);
    // It was told how much we have received, which it takes as granted.
    this.#ungranted = { bytes: 0, envelopes: 0 };
    try {
      const news = this.#unacknowledged?.caughtUp(receivedBytes) ?? 0;
      for (const envelope of this.#unacknowledged?.envelopes ?? []) line.send(envelope);
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

  #attach(line: Line): void {
    this.#line = line;
    if (!this.#handlers) line.pause();
    line.listen({
      received: (bytes) => {
        if (line === this.#line) this.#received(bytes);
      },
      violated: (error) => {
        if (line === this.#line) this.close(error.code, error.message);
      },
      closed: (reason) => {
        if (line !== this.#line) return;
        this.#line = undefined;
        this.#lineClosed(reason);
      },
    });
  }

  #sayGoodbye(line: Line, reason: ProtocolError): void {
    // A paused line would never hear the answer.
    line.resume();
    line.close(reason);
    this.#cutOff = setTimeout(() => line.terminate(), CLOSE_GRACE_MS).unref();
  }

  #transmit(envelope: readonly Sealed[]): void {
    const line = this.#line?.isOpen ? this.#line : undefined;
    if (!line && !this.#unacknowledged) return;
    const bytes = encodeEnvelope(envelope);
    this.#unacknowledged?.sent(bytes);
    line?.send(bytes);
  }

  #received(data: Buffer): void {
    if (this.#reason) return;
    try {
      if (data.length === GRANT_MESSAGE_BYTES && data.readUInt32LE(0) === 0)
        this.#granted(data.readUInt32LE(4));
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
    const unread = this.#line?.unsentBytes ?? 0;
    if (unread > UNREAD_BYTES) {
      throw new ProtocolError('limit-exceeded', `credit was granted while ${unread} bytes are unread`);
    }
    this.#unacknowledged?.acknowledged(bytes);
    this.#outbox.granted(bytes);
  }

  #deliver(data: Uint8Array): void {
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
    const line = this.#line;
    if ((bytes < GRANT_BYTES && !many) || !line?.isOpen) return;
    const grant = Buffer.alloc(GRANT_MESSAGE_BYTES);
    grant.writeUInt32LE(bytes, 4);
    this.#ungranted = { bytes: 0, envelopes: 0 };
    line.send(grant);
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
