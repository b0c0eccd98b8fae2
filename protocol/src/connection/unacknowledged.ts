/**
 * What was sent over a line and not yet acknowledged, to be sent again over the next. Bytes are counted from the beginning of the
 * connection, in whole envelopes; credit that is given back acknowledges, so that no more is kept than the peer may be sent.
 */
import { ProtocolError } from '../errors.ts';

export class Unacknowledged {
  #envelopes: Uint8Array[] = [];
  #sentBytes = 0;
  #acknowledgedBytes = 0;

  sent(envelope: Uint8Array): void {
    this.#envelopes.push(envelope);
    this.#sentBytes += envelope.length;
  }

  /** So many bytes more have arrived. */
  acknowledged(bytes: number): void {
    this.#acknowledgedBytes += bytes;
    let from = this.#firstByte;
    let arrived = 0;
    for (const envelope of this.#envelopes) {
      if (from + envelope.length > this.#acknowledgedBytes) break;
      from += envelope.length;
      arrived++;
    }
    if (arrived > 0) this.#envelopes = this.#envelopes.slice(arrived);
  }

  /** Takes what the peer says it has received in all. Returns how many bytes of that are news. */
  caughtUp(receivedBytes: number): number {
    const news = receivedBytes - this.#acknowledgedBytes;
    if (!Number.isSafeInteger(receivedBytes) || news < 0 || receivedBytes > this.#sentBytes) throw nonsense();
    this.acknowledged(news);
    if (this.#firstByte !== receivedBytes) throw nonsense();
    return news;
  }

  /** In the order in which they were sent. */
  get envelopes(): readonly Uint8Array[] {
    return this.#envelopes;
  }

  clear(): void {
    this.#envelopes = [];
  }

  get #firstByte(): number {
    let kept = 0;
    for (const envelope of this.#envelopes) kept += envelope.length;
    return this.#sentBytes - kept;
  }
}

const nonsense = () =>
  new ProtocolError('bad-frame', 'the peer has received what was not sent, or half of it');
