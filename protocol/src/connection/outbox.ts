/**
 * What one side of a connection has said and not yet sent.
 *
 * 1. Messages leave in order, everything of one turn together.
 * 2. No more leaves than the peer granted; one message may overdraw, so that a message larger than the window passes.
 * 3. More than Limits.outboxBytes waiting is a peer that does not read: the connection is given up.
 * 4. An envelope is larger than ENVELOPE_BYTES only if it is a single message, which is cut where its rows stand alone.
 */
import { type Sealed, sealPieces } from '../codec.ts';
import { ProtocolError } from '../errors.ts';
import { exceeded, Limits } from '../limits.ts';
import type { Message } from '../messages.ts';

/** Envelopes are cut here, so that the receiver starts while the sender still encodes. */
const ENVELOPE_BYTES = 512 * 1024;

export interface OutboxPort {
  /** Runs `flush` at the end of this turn. */
  later(flush: () => void): void;
  transmit(envelope: readonly Sealed[], bytes: number): void;
  writable(): void;
  overflowed(error: ProtocolError): void;
}

export class Outbox {
  readonly #port: OutboxPort;
  #queue: Sealed[] = [];
  #head = 0;
  #queuedBytes = 0;
  #credit: number = Limits.creditBytes;
  #scheduled = false;
  #starved = false;

  constructor(port: OutboxPort) {
    this.#port = port;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get writable(): boolean {
    return this.#credit > this.#queuedBytes;
  }

  push(message: Message): void {
    for (const sealed of sealPieces(message, ENVELOPE_BYTES)) {
      this.#queue.push(sealed);
      this.#queuedBytes += sealed.bytes;
    }
    this.#starved ||= !this.writable;
    if (this.#queuedBytes > Limits.outboxBytes)
      this.#port.overflowed(exceeded('outboxBytes', this.#queuedBytes));
    else this.#schedule();
  }

  /** Throws when the peer gives back more than it was sent. */
  granted(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > Limits.creditBytes) {
      throw new ProtocolError('bad-frame', 'more credit was granted than bytes were sent');
    }
    if (this.#queue.length > this.#head) this.#schedule();
    if (this.#starved && this.writable) {
      this.#starved = false;
      this.#port.writable();
    }
  }

  flush(): void {
    this.#scheduled = false;
    while (this.#head < this.#queue.length && this.#credit > 0) this.#transmitOne();
    this.#starved ||= !this.writable;
  }

  /** Nothing more can be sent. */
  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#queuedBytes = 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#port.later(() => this.flush());
  }

  #transmitOne(): void {
    const envelope = this.#cut();
    let bytes = 0;
    for (const sealed of envelope) bytes += sealed.bytes;
    this.#credit -= bytes;
    this.#queuedBytes -= bytes;
    this.#port.transmit(envelope, bytes);
  }

  /** Takes the next envelope off the queue; at least one message. */
  #cut(): readonly Sealed[] {
    const queue = this.#queue;
    const from = this.#head;
    const room = Math.min(ENVELOPE_BYTES, this.#credit);
    let bytes = (queue[from] as Sealed).bytes;
    let to = from + 1;
    for (; to < queue.length; to++) {
      bytes += (queue[to] as Sealed).bytes;
      if (bytes > room) break;
    }
    this.#head = to;
    if (to < queue.length) return queue.slice(from, to);
    this.#queue = [];
    this.#head = 0;
    return from === 0 ? queue : queue.slice(from);
  }
}
