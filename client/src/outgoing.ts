/**
 * What this session has to say, in the order in which it must arrive: code before the batches that name it, batches before
 * the wants of the same turn, and releases last, so that nothing is freed that a call of the same turn still stands on.
 */
import { Cancel, type Message, messageOf, Release, Want } from '@taskloom/protocol';
import type { Connection } from '@taskloom/protocol/connection';
import type { FunctionImage } from '@taskloom/protocol/functions';
import { joinParts } from '@taskloom/protocol/values';
import type { Calls } from './calls.ts';
import { SENT_CODE_BYTES, SentCode } from './core/sent-code.ts';
import { Ranges } from './ranges.ts';

const NOTHING: readonly Uint8Array[] = [];
const NO_BYTES = new Uint8Array(0);

export class Outgoing {
  readonly wants = new Ranges();
  readonly cancels = new Ranges();
  readonly releases = new Ranges();
  readonly #calls: Calls;
  readonly #sentCode = new SentCode(SENT_CODE_BYTES);
  #queue: Message[] = [];
  #connection: Connection | undefined;
  #scheduled = false;
  #stopped = false;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  open(connection: Connection): void {
    this.#connection = connection;
    this.pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue = [];
  }

  /** After all that was called, cancelled and released so far: the answer to a question knows of it. */
  say(message: Message): void {
    this.#queueAll();
    this.#queue.push(message);
    this.schedule();
  }

  /** Something was called, wanted, cancelled or released: it leaves at the end of this turn. */
  schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    this.#queueAll();
    this.pump();
  }

  #queueAll(): void {
    this.#queueCalls();
    this.#queueRanges(Want, this.wants);
    this.#queueRanges(Cancel, this.cancels);
    this.#queueRanges(Release, this.releases);
  }

  /** Sends as far as the scheduler gives credit; the rest waits here. */
  pump(): void {
    const connection = this.#connection;
    if (!connection || this.#stopped) return;
    let sent = 0;
    while (sent < this.#queue.length && connection.writable) connection.send(this.#queue[sent++]!);
    this.#queue = sent === this.#queue.length ? [] : this.#queue.slice(sent);
  }

  #queueCalls(): void {
    for (const { image, message } of this.#calls.take()) {
      this.#queueCode(image);
      this.#queue.push(message);
    }
  }

  #queueCode({ graph, sources }: FunctionImage): void {
    const { send, letGo } = this.#sentCode.use(graph, sources);
    for (const hash of letGo) this.#queueCodeOf(hash, NO_BYTES);
    for (const { hash, parts } of send) this.#queueCodeOf(hash, joinParts(parts));
  }

  #queueCodeOf(hash: string, bytes: Uint8Array): void {
    this.#queue.push({ op: 'code', sections: [new TextEncoder().encode(hash), bytes] });
  }

  #queueRanges(spec: typeof Want | typeof Cancel | typeof Release, ranges: Ranges): void {
    if (ranges.size === 0) return;
    this.#queue.push(messageOf(spec, ranges.take(spec === Release), NOTHING));
  }
}
