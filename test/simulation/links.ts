/**
 * What is under way between the parts of a cluster, as bytes. On one link all arrives in the order in which it was sent; between links
 * there is no order.
 */
import type { Message } from '@taskloom/protocol';
import { decodeEnvelope, encodeEnvelope, sealPieces } from '../../protocol/src/codec.ts';
import type { Random } from '../../worker/src/testing/random.ts';

/** Messages that can be cut in pieces are cut so small now and then, in bytes. */
const SMALL = 100;
const WHOLE = 1 << 20;

type Receive = (messages: readonly Message[]) => void;

export class Link {
  /** Whose words it carries. */
  readonly name: string;
  /** Cut off: nothing arrives until it is back. */
  isHeld = false;
  readonly #receive: Receive;
  readonly #random: Random;
  #queue: Uint8Array[] = [];
  /** What happens when all has arrived and nothing more will come. */
  #closed: (() => void) | undefined;

  constructor(name: string, random: Random, receive: Receive) {
    this.name = name;
    this.#random = random;
    this.#receive = receive;
  }

  get hasSome(): boolean {
    return !this.isHeld && (this.#queue.length > 0 || this.#closed !== undefined);
  }

  /** What is said in one turn leaves together. */
  send(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const most = this.#random.chance(0.2) ? SMALL : WHOLE;
    this.#queue.push(encodeEnvelope(messages.flatMap((message) => sealPieces(message, most))));
  }

  /** Some of what is under way arrives, together. */
  deliver(): void {
    const envelopes = this.#queue.splice(0, 1 + this.#random.int(2));
    if (envelopes.length > 0) return this.#receive(envelopes.flatMap((bytes) => decodeEnvelope(bytes)));
    const closed = this.#closed;
    this.#closed = undefined;
    closed?.();
  }

  /** The sender is gone: some of what it has sent last does not arrive. */
  breakOff(closed: () => void): void {
    this.#queue.length = this.#random.int(this.#queue.length + 1);
    this.close(closed);
  }

  /** All that was sent arrives, and then this. */
  close(closed: () => void): void {
    this.#closed = closed;
  }

  /** The receiver is gone. */
  drop(): void {
    this.#queue = [];
  }
}
