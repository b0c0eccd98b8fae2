/** A line over a WebSocket: between machines, and for whoever was given an address. */
import type { WebSocket } from 'ws';
import { ProtocolError } from '../errors.ts';
import { CLOSE_STATUS, closeText, reasonOfClose, reasonOfError } from './close-reason.ts';
import type { Line, LineHandlers } from './line.ts';

export class WebSocketLine implements Line {
  readonly #socket: WebSocket;
  readonly #peer: string;

  constructor(socket: WebSocket, peer: string) {
    this.#socket = socket;
    this.#peer = peer;
    socket.binaryType = 'nodebuffer';
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen({ received, violated, closed }: LineHandlers): void {
    let failure: ProtocolError | undefined;
    this.#socket.on('message', (data, isBinary) => {
      if (isBinary) received(data as Buffer);
      else violated(new ProtocolError('bad-frame', 'a text message; this protocol is binary'));
    });
    this.#socket.on('error', (cause) => {
      failure ??= reasonOfError(cause, this.#peer);
    });
    this.#socket.on('close', (status, text) => {
      closed(failure ?? reasonOfClose(status, text.toString(), this.#peer));
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  close({ code, message }: ProtocolError): void {
    this.#socket.close(CLOSE_STATUS, closeText(code, message));
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
