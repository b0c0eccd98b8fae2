/** Two connections joined in one thread: the in-process mode, and the tests. Messages pass by reference, credit as over a socket. */
import type { Sealed } from '../codec.ts';
import { type ProtocolCode, ProtocolError } from '../errors.ts';
import type { Message } from '../messages.ts';
import { Outbox } from './outbox.ts';
import type { Connection, Handlers } from './port.ts';

class MemoryConnection implements Connection {
  readonly peer: string;
  other!: MemoryConnection;
  #handlers: Handlers | undefined;
  /** What arrived before there was anyone to take it; bounded by the credit, which is not given back for it. */
  #inbox: { envelope: readonly Sealed[]; bytes: number }[] = [];
  #closed: ProtocolError | undefined;
  readonly #outbox: Outbox;

  constructor(peer: string) {
    this.peer = peer;
    this.#outbox = new Outbox({
      later: queueMicrotask,
      transmit: (envelope, bytes) => this.other.#receive(envelope, bytes),
      writable: () => this.#handlers?.writable?.(),
      overflowed: (error) => this.close(error.code, error.message),
    });
  }

  get writable(): boolean {
    return this.#outbox.writable;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  open(handlers: Handlers): void {
    this.#handlers = handlers;
    for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) {
      this.#deliver(next.envelope, next.bytes);
    }
    if (this.#closed) this.#tell(this.#closed);
  }

  send(message: Message): void {
    if (!this.#closed) this.#outbox.push(message);
  }

  close(code: ProtocolCode = 'closed', reason = 'closed by this side'): void {
    if (this.#closed) return;
    this.#outbox.flush();
    this.#inbox = [];
    this.#end(new ProtocolError(code, reason));
    this.other.#end(new ProtocolError(code, reason));
  }

  #receive(envelope: readonly Sealed[], bytes: number): void {
    if (this.#closed) return;
    if (this.#handlers) this.#deliver(envelope, bytes);
    else this.#inbox.push({ envelope, bytes });
  }

  #deliver(envelope: readonly Sealed[], bytes: number): void {
    this.#handlers?.messages(envelope.map((sealed) => sealed.message));
    if (!this.#closed) this.other.#outbox.granted(bytes);
  }

  #end(reason: ProtocolError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outbox.clear();
    this.#tell(reason);
  }

  #tell(reason: ProtocolError): void {
    const handlers = this.#handlers;
    if (handlers) queueMicrotask(() => handlers.closed(reason));
  }
}

/** Each end names the other. */
export function memoryPair(nameOfFirst = 'memory:a', nameOfSecond = 'memory:b'): [Connection, Connection] {
  const first = new MemoryConnection(nameOfSecond);
  const second = new MemoryConnection(nameOfFirst);
  first.other = second;
  second.other = first;
  return [first, second];
}
