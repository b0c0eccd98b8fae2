import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Answer, Source, Taker } from '@taskloom/protocol/door';

const BLOCK_BYTES = 128 * 1024;
/** Not yet written, at most; then the worker waits. */
const UNWRITTEN_BYTES = 256 * 1024;
/** Blocks kept for the next bytes: as many as may be unwritten, and the one that is filled. */
const KEPT_BLOCKS = UNWRITTEN_BYTES / BLOCK_BYTES + 1;

/** Memory that is filled from the front, and written piece by piece. */
interface Block {
  readonly bytes: Buffer;
  filled: number;
  written: number;
  /** Pieces on their way. */
  pieces: number;
}

/**
 * Passes a value on to a client as it comes. It is read into a few blocks that are used again and again, since hundreds of MB in
 * pieces of 16 KiB (which is what TLS gives) keep V8's collector busier than all else that is done with them.
 */
export class Passing implements Taker {
  readonly #response: ServerResponse;
  #source: Source | undefined;
  #block: Block | undefined;
  readonly #free: Block[] = [];
  #unwritten = 0;
  #flushing: NodeJS.Immediate | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => this.#close());
  }

  begin({ length, first, count }: Answer, source: Source): void {
    this.#source = source;
    if (this.#response.destroyed) return this.#close();
    const headers: OutgoingHttpHeaders = {
      'content-length': length,
      'content-type': 'application/octet-stream',
    };
    if (count >= 0) Object.assign(headers, { 'x-first': first, 'x-count': count });
    this.#response.writeHead(200, headers);
  }

  space(): Uint8Array {
    this.#block ??= this.#free.pop() ?? {
      bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES),
      filled: 0,
      written: 0,
      pieces: 0,
    };
    return this.#block.bytes.subarray(this.#block.filled);
  }

  came(bytes: number): boolean {
    const block = this.#block as Block;
    block.filled += bytes;
    this.#unwritten += bytes;
    // The next read goes right behind this one, so a block stays until it is full.
    if (block.filled === BLOCK_BYTES) {
      this.#flush();
      this.#block = undefined;
    } else this.#flushing ??= setImmediate(() => this.#flush());
    return this.#unwritten < UNWRITTEN_BYTES;
  }

  /** All has come. */
  end(): void {
    this.#flush();
    this.#response.end();
  }

  /** What came in one turn goes on in one piece. */
  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const block = this.#block;
    if (!block || block.written === block.filled) return;
    const piece = block.bytes.subarray(block.written, block.filled);
    block.written = block.filled;
    block.pieces++;
    this.#response.write(piece, () => this.#wrote(block, piece.length));
  }

  #wrote(block: Block, bytes: number): void {
    this.#unwritten -= bytes;
    block.pieces--;
    if (block !== this.#block && block.pieces === 0 && this.#free.length < KEPT_BLOCKS) {
      block.filled = 0;
      block.written = 0;
      this.#free.push(block);
    }
    if (this.#unwritten < UNWRITTEN_BYTES) this.#source?.resume();
  }

  #close(): void {
    clearImmediate(this.#flushing);
    if (!this.#response.writableFinished) this.#source?.close();
  }
}
