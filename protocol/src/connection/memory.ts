/**
 * Two connections joined in one thread: the in-process mode, and the tests. Messages pass by reference, or encoded and decoded
 * as over a socket; credit as over a socket.
 */
import { decodeEnvelope, encodeEnvelope, type Sealed } from '../codec.ts';
import { type ProtocolCode, ProtocolError } from '../errors.ts';
import type { Message } from '../messages.ts';
import { Outbox } from './outbox.ts';
import type { Connection, Handlers } from './port.ts';

/** What arrives of what was sent. Throws ProtocolError for what the receiver does not take. */
type Carry = (envelope: readonly Sealed[]) => readonly Message[];

const byReference: Carry = (envelope) => envelope.map(({ message }) => message);
const encoded: Carry = (envelope) => decodeEnvelope(encodeEnvelope(envelope));

class MemoryConnection implements Connection {
  readonly peer: string;
  readonly #carry: Carry;
  other!: MemoryConnection;
  #handlers: Handlers | undefined;
  /** What arrived before there was anyone to take it; bounded by the credit, which is not given back for it. */
  #inbox: { envelope: readonly Sealed[]; bytes: number }[] = [];
  #closed: ProtocolError | undefined;
  readonly #outbox: Outbox;

  constructor(peer: string, carry: Carry) {
    this.peer = peer;
    this.#carry = carry;
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
    const messages = this.#arrived(envelope);
    if (!messages) return;
    this.#handlers?.messages(messages);
    if (!this.#closed) this.other.#outbox.granted(bytes);
  }

  /** What the peer did wrong closes the connection. */
  #arrived(envelope: readonly Sealed[]): readonly Message[] | undefined {
    try {
      return this.#carry(envelope);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.code, error.message);
      return undefined;
    }
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

export interface MemoryOptions {
  /** What a socket would refuse is refused, and nothing is shared: for tests of those who talk over sockets. */
  readonly encoded?: boolean;
}

/** Each end names the other. */
export function memoryPair(
  nameOfFirst = 'memory:a',
  nameOfSecond = 'memory:b',
  options: MemoryOptions = {},
): [Connection, Connection] {
  const carry = options.encoded ? encoded : byReference;
  const first = new MemoryConnection(nameOfSecond, carry);
  const second = new MemoryConnection(nameOfFirst, carry);
  first.other = second;
  second.other = first;
  return [first, second];
}
