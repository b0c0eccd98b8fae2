/**
 * A line over a stream of bytes, for processes of one machine: a WebSocket takes nearly twice the processor time for a small message, half
 * of that in the TCP of a loopback that loses nothing, half in frames that are meant for proxies.
 *
 * A message is u32 length, its bytes; little-endian. The last one has FAREWELL added to its length, and says why the line is closed.
 */
import type { Socket } from 'node:net';
import { ProtocolError } from '../errors.ts';
import { exceeded, Limits } from '../limits.ts';
import { CLOSE_STATUS, closeText, reasonOfClose, reasonOfError } from './close-reason.ts';
import type { Line, LineHandlers } from './line.ts';

const FAREWELL = 0x8000_0000;
const HEAD_BYTES = 4;
/** Up to this, one piece that is copied is cheaper than two that are written together. */
const SHORT_BYTES = 4 * 1024;

export class StreamLine implements Line {
  readonly #stream: Socket;
  readonly #peer: string;
  readonly #reader = new Reader();
  #isClosing = false;
  #reason: ProtocolError | undefined;

  constructor(stream: Socket, peer: string) {
    this.#stream = stream;
    this.#peer = peer;
  }

  get isOpen(): boolean {
    return !this.#isClosing && !this.#stream.destroyed;
  }

  get unsentBytes(): number {
    return this.#stream.writableLength;
  }

  listen(handlers: LineHandlers): void {
    const took = (bytes: Buffer, isFarewell: boolean) => {
      if (isFarewell) this.#parted(bytes);
      else if (!this.#reason) handlers.received(bytes);
    };
    let isBroken = false;
    this.#stream.on('data', (chunk: Buffer) => {
      if (isBroken) return;
      try {
        this.#reader.read(chunk, took);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        isBroken = true;
        handlers.violated(error);
      }
    });
    this.#stream.on('error', (cause) => {
      this.#reason ??= reasonOfError(cause, this.#peer);
    });
    this.#stream.on('close', () => {
      const lost = () => new ProtocolError('connection-lost', `the connection to ${this.#peer} is gone`);
      handlers.closed(this.#reason ?? lost());
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  send(bytes: Uint8Array): void {
    this.#write(bytes.length, bytes);
  }

  close({ code, message }: ProtocolError): void {
    const text = closeText(code, message);
    this.#write(text.length + FAREWELL, text);
    this.#isClosing = true;
    this.#stream.end();
  }

  terminate(): void {
    this.#stream.destroy();
  }

  /** The peer says nothing more, and waits for the end of what we say. */
  #parted(text: Buffer): void {
    this.#isClosing = true;
    this.#reason ??= reasonOfClose(CLOSE_STATUS, text.toString(), this.#peer);
    this.#stream.end();
  }

  #write(word: number, bytes: Uint8Array): void {
    if (!this.isOpen) return;
    const isShort = bytes.length <= SHORT_BYTES;
    const head = Buffer.allocUnsafe(isShort ? HEAD_BYTES + bytes.length : HEAD_BYTES);
    head.writeUInt32LE(word);
    if (isShort) {
      head.set(bytes, HEAD_BYTES);
      this.#stream.write(head);
    } else {
      this.#stream.cork();
      this.#stream.write(head);
      this.#stream.write(bytes);
      this.#stream.uncork();
    }
  }
}

type Take = (bytes: Buffer, isFarewell: boolean) => void;

interface Body {
  readonly bytes: Buffer;
  filled: number;
  readonly isFarewell: boolean;
}

/** Puts messages together from the pieces in which a stream brings them. */
class Reader {
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  /** What is here of a message that is not here as a whole. */
  #body: Body | undefined;

  /** Throws ProtocolError 'limit-exceeded' for a message that none may be. */
  read(chunk: Buffer, take: Take): void {
    for (let at = 0; at < chunk.length; )
      at = this.#body ? this.#fill(this.#body, chunk, at, take) : this.#begin(chunk, at, take);
  }

  /** Gives how far it came. */
  #begin(chunk: Buffer, from: number, take: Take): number {
    if (this.#headBytes === 0 && chunk.length - from >= HEAD_BYTES)
      return this.#start(chunk.readUInt32LE(from), chunk, from + HEAD_BYTES, take);
    const at = from + chunk.copy(this.#head, this.#headBytes, from, from + HEAD_BYTES - this.#headBytes);
    this.#headBytes += at - from;
    if (this.#headBytes < HEAD_BYTES) return at;
    this.#headBytes = 0;
    return this.#start(this.#head.readUInt32LE(), chunk, at, take);
  }

  /** A message of which this word is the head. */
  #start(word: number, chunk: Buffer, at: number, take: Take): number {
    const isFarewell = word >= FAREWELL;
    const length = isFarewell ? word - FAREWELL : word;
    if (length > Limits.frameBytes) throw exceeded('frameBytes', length);
    if (chunk.length - at < length) {
      this.#body = { bytes: Buffer.allocUnsafeSlow(length), filled: 0, isFarewell };
      return at;
    }
    take(chunk.subarray(at, at + length), isFarewell);
    return at + length;
  }

  #fill(body: Body, chunk: Buffer, from: number, take: Take): number {
    const copied = chunk.copy(body.bytes, body.filled, from);
    body.filled += copied;
    if (body.filled === body.bytes.length) {
      this.#body = undefined;
      take(body.bytes, body.isFarewell);
    }
    return from + copied;
  }
}
