/**
 * A port of a pod as a stream: one WebSocket to the API server, which has the kubelet connect to the port.
 *
 * The subprotocol is `v4.channel.k8s.io` as the kubelet's port-forward speaks it (k8s.io/kubelet/pkg/cri/streaming/portforward): the
 * first byte of a message is its channel, 0 for data, 1 for an error in words; the first message of each channel is the port, two bytes.
 * There is no half-close: whoever ends, ends both ways.
 */
import { Duplex } from 'node:stream';
import { letGo } from '@taskloom/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { ClientError } from '../../errors.ts';

const DATA = 0;
const PORT_BYTES = 2;
/**
 * The kubelet's library takes messages of up to 32 MiB (golang.org/x/net/websocket) and drops longer ones without a word; and what comes in
 * pieces is on its way to the pod while the next is read.
 */
const MESSAGE_BYTES = 256 * 1024;
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
  readonly #socket: WebSocket;
  readonly #name: string;
  readonly #lends: boolean;
  /** Channels whose port has come. */
  readonly #begun = new Set<number>();
  #heard = true;
  #asking: NodeJS.Timeout | undefined;

  constructor(url: URL, options: ClientOptions, { name, lends = false }: TunnelOptions) {
    super({ allowHalfOpen: false });
    this.#name = name;
    this.#lends = lends;
    this.#socket = new WebSocket(url, 'v4.channel.k8s.io', {
      ...options,
      perMessageDeflate: false,
      // The mask protects proxies from browsers' scripts, and we are none; a zero mask saves a pass over the bytes.
      generateMask: (mask: Buffer) => mask.fill(0),
    });
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (data) => this.#received(data as Buffer));
    this.#socket.on('pong', () => {
      this.#heard = true;
    });
    this.#socket.on('error', (cause) => this.destroy(this.#broken(cause.message)));
    this.#socket.on('close', () => this.push(null));
    // Once open it does not keep the process running: who waits for what it brings does.
    this.#socket.once('upgrade', (answer) => answer.socket.unref());
    this.#socket.once('open', () => {
      this.#asking = setInterval(() => this.#ask(), PING_MS).unref();
      this.emit('connect');
    });
  }

  /** The WebSocket, for who opens it. */
  get socket(): WebSocket {
    return this.#socket;
  }

  override _read(): void {
    this.#socket.resume();
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
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    clearInterval(this.#asking);
    this.#socket.terminate();
    done(error);
  }

  #send(chunks: readonly Uint8Array[], bytes: number, done: Done): void {
    if (bytes > MESSAGE_BYTES) return this.#sendPieces(Buffer.concat(chunks, bytes), done);
    const message = Buffer.allocUnsafe(1 + bytes);
    message[0] = DATA;
    let at = 1;
    for (const chunk of chunks) {
      message.set(chunk, at);
      at += chunk.length;
    }
    this.#socket.send(message, done);
  }

  #sendPieces(all: Uint8Array, done: Done): void {
    const piece = (at: number) => {
      const chunk = all.subarray(at, at + MESSAGE_BYTES);
      const last = at + chunk.length === all.length;
      this.#send([chunk], chunk.length, (error) => (error || last ? done(error) : piece(at + chunk.length)));
    };
    piece(0);
  }

  #received(message: Buffer): void {
    this.#heard = true;
    const channel = message[0] ?? DATA;
    const begun = this.#begun.has(channel);
    if (!begun) this.#begun.add(channel);
    const bytes = message.subarray(begun ? 1 : 1 + PORT_BYTES);
    if (bytes.length === 0) return;
    if (channel !== DATA) this.destroy(this.#broken(bytes.toString('utf8').trim()));
    else if (!this.push(bytes)) this.#socket.pause();
    else if (this.#lends && this.readableLength === 0) letGo(message as Buffer<ArrayBuffer>);
  }

  #ask(): void {
    // While nobody reads here, answers are not read either.
    if (this.#socket.isPaused) this.#heard = true;
    if (!this.#heard) return void this.destroy(this.#broken(`nothing was heard for ${2 * PING_MS} ms`));
    this.#heard = false;
    this.#socket.ping();
  }

  #broken(why: string): ClientError {
    return new ClientError('unreachable', `the port-forward to ${this.#name} broke: ${why}`);
  }
}
