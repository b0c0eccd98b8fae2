/**
 * A port of a pod as a stream: one WebSocket to the API server, which has the kubelet connect to the port.
 *
 * The subprotocol is `v4.channel.k8s.io` as the kubelet's port-forward speaks it (k8s.io/kubelet/pkg/cri/streaming/portforward): the
 * first byte of a message is its channel, 0 for data, 1 for an error in words; the first message of each channel is the port, two bytes.
 * There is no half-close: whoever ends, ends both ways.
 */
import { Duplex } from 'node:stream';
import { letGo } from '@taskloom/protocol';
import { ClientError } from '../../errors.ts';
import { FrameReader, frameHead, Opcode } from './frames.ts';
import type { Upgraded } from './upgrade.ts';

export const SUBPROTOCOL = 'v4.channel.k8s.io';
const DATA = 0;
const DATA_CHANNEL = Buffer.of(DATA);
const PORT_BYTES = 2;
/**
 * The kubelet's library takes messages of up to 32 MiB (golang.org/x/net/websocket) and drops longer ones without a word; and what comes in
 * pieces is on its way to the pod while the next is read.
 */
const MESSAGE_BYTES = 256 * 1024;
/** What is shorter is copied behind its head; a second part of a write costs more. */
const COPIED_BYTES = 4 * 1024;
/** A normal end (RFC 6455, section 7.4.1). */
const CLOSE = Buffer.of(1000 >> 8, 1000 & 0xff);
/** How often a silent forward is asked for a sign of life, in milliseconds. A second silence is its end: a laptop that slept, a network that is gone. */
const PING_MS = 10_000;

export interface TunnelOptions {
  /** Of what it leads to, for messages. */
  readonly name: string;
  /**
   * What it brings is only lent: a listener of `data` is done with it when it returns, as TLS is, and the memory is used again.
   * Otherwise it is the reader's.
   */
  readonly lends?: boolean;
}

type Done = (error?: Error | null) => void;

export class Tunnel extends Duplex {
  readonly #line: Upgraded['socket'];
  readonly #name: string;
  readonly #lends: boolean;
  readonly #reader: FrameReader;
  /** Of each channel that was heard of: how many bytes of its port are still to come. */
  readonly #ports = new Map<number, number>();
  /** Of the message that is read. */
  #channel = DATA;
  #why = '';
  #ended = false;
  #heard = true;
  readonly #asking: NodeJS.Timeout;

  constructor({ socket, early }: Upgraded, { name, lends = false }: TunnelOptions) {
    super({ allowHalfOpen: false });
    this.#line = socket;
    this.#name = name;
    this.#lends = lends;
    this.#reader = new FrameReader({
      data: (piece, first, last) => this.#received(piece, first, last),
      control: (opcode, payload) => this.#controlled(opcode, payload),
    });
    socket.setTimeout(0).setNoDelay(true);
    // It does not keep the process running: who waits for what it brings does.
    socket.unref();
    if (early.length > 0) socket.unshift(early);
    socket.on('data', (chunk: Buffer<ArrayBuffer>) => this.#read(chunk));
    socket.on('error', (cause) => this.destroy(this.#broken(cause.message)));
    socket.on('close', () => this.#end());
    this.#asking = setInterval(() => this.#ask(), PING_MS).unref();
  }

  /** Whether nothing more is read until somebody takes what was. */
  get holdsBack(): boolean {
    return this.#line.isPaused();
  }

  override _read(): void {
    this.#line.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#send([chunk], chunk.length, done);
  }

  /** What waited together leaves in one message. */
  override _writev(waiting: readonly { readonly chunk: Uint8Array }[], done: Done): void {
    const chunks = waiting.map(({ chunk }) => chunk);
    this.#send(
      chunks,
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      done,
    );
  }

  override _final(done: Done): void {
    this.#line.end(Buffer.concat([frameHead(Opcode.close, CLOSE.length), CLOSE]));
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    clearInterval(this.#asking);
    this.#line.destroy();
    done(error);
  }

  #send(chunks: readonly Uint8Array[], bytes: number, done: Done): void {
    if (bytes > MESSAGE_BYTES) return this.#sendPieces(chunks.flatMap(pieces), done);
    const parts = [frameHead(Opcode.binary, 1 + bytes), DATA_CHANNEL, ...chunks];
    if (bytes <= COPIED_BYTES) return void this.#line.write(Buffer.concat(parts), done);
    this.#line.cork();
    parts.forEach((part, i) => {
      this.#line.write(part, i === parts.length - 1 ? done : undefined);
    });
    this.#line.uncork();
  }

  /** One after the other, each when the one before it has left. */
  #sendPieces(all: readonly Uint8Array[], done: Done, from = 0): void {
    const piece = all[from];
    if (!piece) return done();
    this.#send([piece], piece.length, (error) =>
      error ? done(error) : this.#sendPieces(all, done, from + 1),
    );
  }

  #read(chunk: Buffer<ArrayBuffer>): void {
    this.#heard = true;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      return void this.destroy(this.#broken((error as Error).message));
    }
    if (this.readableLength > 0) this.#line.pause();
    else if (this.#lends) letGo(chunk);
  }

  #received(piece: Buffer, first: boolean, last: boolean): void {
    if (this.#ended) return;
    if (first) this.#channel = piece[0] as number;
    const channel = this.#channel;
    const bytes = first ? piece.subarray(1) : piece;
    const port = this.#ports.get(channel) ?? PORT_BYTES;
    if (port > 0) this.#ports.set(channel, Math.max(0, port - bytes.length));
    const rest = port > 0 ? bytes.subarray(port) : bytes;
    if (channel !== DATA) this.#complained(rest, last);
    else if (rest.length > 0) this.push(rest);
  }

  #complained(bytes: Buffer, last: boolean): void {
    this.#why += bytes.toString('utf8');
    if (last && this.#why !== '') this.destroy(this.#broken(this.#why.trim()));
  }

  #controlled(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.close) this.#end();
    if (opcode === Opcode.ping) this.#control(Opcode.pong, payload);
  }

  #control(opcode: number, payload: Buffer): void {
    this.#line.write(Buffer.concat([frameHead(opcode, payload.length), payload]));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  #ask(): void {
    // While nobody reads here, answers are not read either.
    if (this.holdsBack) this.#heard = true;
    if (!this.#heard) return void this.destroy(this.#broken(`nothing was heard for ${2 * PING_MS} ms`));
    this.#heard = false;
    this.#control(Opcode.ping, Buffer.alloc(0));
  }

  #broken(why: string): ClientError {
    return new ClientError('unreachable', `the port-forward to ${this.#name} broke: ${why}`);
  }
}

/** Parts that fit into a message. */
function pieces(chunk: Uint8Array): Uint8Array[] {
  const count = Math.ceil(chunk.length / MESSAGE_BYTES);
  return Array.from({ length: count }, (_, i) => chunk.subarray(i * MESSAGE_BYTES, (i + 1) * MESSAGE_BYTES));
}
