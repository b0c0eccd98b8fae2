/**
 * What one side of a connection has said and not yet sent.
 *
 * 1. Messages leave in order, everything of one turn together.
 * 2. No more leaves than the peer granted; one message may overdraw, so that a message larger than the window passes.
 * 3. More than Limits.outboxBytes waiting is a peer that does not read: the connection is given up.
 */
import { type Sealed, seal } from '../codec.ts';
import type { ProtocolError } from '../errors.ts';
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
    const sealed = seal(message);
    this.#queue.push(sealed);
    this.#queuedBytes += sealed.bytes;
    if (this.#queuedBytes > Limits.outboxBytes)
      this.#port.overflowed(exceeded('outboxBytes', this.#queuedBytes));
    else this.#schedule();
  }

  granted(bytes: number): void {
    this.#credit += bytes;
    if (this.#queue.length > this.#head) this.#schedule();
    if (this.#starved && this.writable) {
      this.#starved = false;
      this.#port.writable();
    }
  }

  flush(): void {
    this.#scheduled = false;
    while (this.#head < this.#queue.length && this.#credit > 0) this.#transmitOne();
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    if (!this.writable) this.#starved = true;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#port.later(() => this.flush());
  }

  #transmitOne(): void {
    const from = this.#head;
    let bytes = 0;
    while (this.#head < this.#queue.length && bytes < ENVELOPE_BYTES && bytes < this.#credit) {
      bytes += (this.#queue[this.#head++] as Sealed).bytes;
    }
    this.#credit -= bytes;
    this.#queuedBytes -= bytes;
    this.#port.transmit(
      from === 0 && this.#head === this.#queue.length ? this.#queue : this.#queue.slice(from, this.#head),
      bytes,
    );
  }
}
