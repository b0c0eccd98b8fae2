/**
 * Frames of WebSockets (RFC 6455, section 5.2) as a client reads and writes them. What a library of whole messages would first put
 * together, and copy for it, is handed on piece by piece: a forward cares for bytes, and for the first of each message.
 */

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const KNOWN = new Set<number>(Object.values(Opcode));
/** A head that is not masked: 2 bytes and up to 8 of length. */
const HEAD_BYTES = 10;
const CONTROL_BYTES = 125;
const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;

export interface Frames {
  /** A piece of a message, never empty; whether the message begins or ends with it. */
  data(piece: Buffer, first: boolean, last: boolean): void;
  /** A whole frame of `close`, `ping` or `pong`. */
  control(opcode: number, payload: Buffer): void;
}

/** Throws RangeError when what it reads is no WebSocket. */
export class FrameReader {
  readonly #frames: Frames;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #opcode = 0;
  /** Bytes of the present frame that are still to come. */
  #left = 0;
  #fin = true;
  /** Nothing of the present message was handed on. */
  #first = true;
  /** Of a control frame: what has come. */
  #control = Buffer.alloc(0);

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) at = this.#readHead(chunk, at);
      else {
        const piece = chunk.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        this.#payload(piece);
      }
    }
  }

  #readHead(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      this.#head[this.#headBytes++] = chunk[at++] as number;
      if (this.#headBytes >= 2 && this.#headBytes === headBytesOf(this.#head[1] as number)) {
        this.#begin();
        break;
      }
    }
    return at;
  }

  #begin(): void {
    const head = this.#head;
    const [flags = 0, length = 0] = head;
    if (flags & RESERVED) throw new RangeError('a frame has bits of an extension that was not agreed on');
    if (length & MASKED) throw new RangeError('a frame of a server is masked');
    this.#headBytes = 0;
    this.#opcode = flags & 0x0f;
    if (!KNOWN.has(this.#opcode))
      throw new RangeError(`a frame has opcode ${this.#opcode}, which nobody knows`);
    this.#left =
      length < 126 ? length : length === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    if (this.#opcode >= Opcode.close) {
      if (this.#left > CONTROL_BYTES || !(flags & FIN))
        throw new RangeError('a control frame is longer than it may be');
      this.#control = Buffer.alloc(0);
      if (this.#left === 0) this.#frames.control(this.#opcode, this.#control);
      return;
    }
    // A continuation carries on with what came before it.
    if (this.#fin) this.#first = true;
    this.#fin = (flags & FIN) !== 0;
  }

  #payload(piece: Buffer): void {
    if (this.#opcode < Opcode.close) {
      const first = this.#first;
      this.#first = false;
      return this.#frames.data(piece, first, this.#fin && this.#left === 0);
    }
    this.#control = Buffer.concat([this.#control, piece]);
    if (this.#left === 0) this.#frames.control(this.#opcode, this.#control);
  }
}

function headBytesOf(length: number): number {
  const bits = length & 0x7f;
  return bits < 126 ? 2 : bits === 126 ? 4 : 10;
}

/**
 * The head of a frame that is a whole message of so many bytes. Clients must mask, which protects proxies from the scripts of browsers;
 * we are none, and the mask of zeros that stands here saves a pass over the bytes.
 */
export function frameHead(opcode: number, bytes: number): Buffer {
  const long = bytes < 126 ? 0 : bytes < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + long + 4);
  head[0] = FIN | opcode;
  head[1] = MASKED | (long === 0 ? bytes : long === 2 ? 126 : 127);
  if (long === 2) head.writeUInt16BE(bytes, 2);
  if (long === 8) head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}
