/**
 * GET over a bare socket, which reads into the one buffer that the value will be: no chunk is copied a second time.
 * HTTP/1.1 as RFC 9112 has it, as far as a data door speaks it: a status line, headers, a body of `content-length` bytes.
 */
import type { Socket } from 'node:net';
import { connectTo, type Trust } from '@taskloom/protocol/pod';

/** Larger headers are not what a data door sends. */
const HEAD_BYTES = 16 * 1024;
/** Read at once: more is no faster, and less means more calls. */
const READ_BYTES = 1024 * 1024;
const IDLE_MS = 30_000;

export function download(url: URL, token: string, trust?: Trust): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const incoming = new Incoming();
    const came = (bytes: number) => {
      try {
        incoming.received(bytes);
      } catch (error) {
        socket.destroy(error as Error);
        return false;
      }
      if (incoming.complete) {
        resolve(incoming.body);
        socket.destroy();
      }
      return true;
    };
    const socket: Socket = connectTo(url, { buffer: () => incoming.space(), callback: came }, trust);
    socket.setTimeout(IDLE_MS, () => socket.destroy(new Error(`${url.host} sent nothing for ${IDLE_MS} ms`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${url.host} closed the connection in the middle of a value`)));
    socket.write(requestOf(url, token));
  });
}

function requestOf(url: URL, token: string): string {
  return `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`;
}

/** The head is collected first; then the socket reads straight into the body. */
class Incoming {
  body: Uint8Array = new Uint8Array(0);
  complete = false;
  readonly #head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  #headBytes = 0;
  #inBody = false;
  #received = 0;

  space(): Uint8Array {
    if (!this.#inBody) return this.#head.subarray(this.#headBytes);
    return this.body.subarray(this.#received, this.#received + READ_BYTES);
  }

  /** So many bytes stand in what `space` gave. */
  received(bytes: number): void {
    if (this.#inBody) this.#received += bytes;
    else this.#receivedHead(bytes);
    this.complete = this.#inBody && this.#received === this.body.length;
  }

  #receivedHead(bytes: number): void {
    this.#headBytes += bytes;
    const head = this.#head.subarray(0, this.#headBytes);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#headBytes === HEAD_BYTES) throw new Error('the headers of the answer do not end');
      return;
    }
    this.body = new Uint8Array(lengthOf(head.toString('latin1', 0, end)));
    this.#inBody = true;
    const rest = head.subarray(end + 4);
    if (rest.length > this.body.length) throw new Error('the answer is longer than it says');
    this.body.set(rest);
    this.#received = rest.length;
  }
}

function lengthOf(head: string): number {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (status !== '200') throw new Error(`the data door answered ${status ?? head.slice(0, 40)}`);
  const length = /^content-length: *(\d+) *$/im.exec(head)?.[1];
  if (length === undefined) throw new Error('the data door did not say how long the value is');
  return Number(length);
}
