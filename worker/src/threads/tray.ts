/**
 * Where a thread leaves news for the agent without waking it: results and output are there as soon as they are made, whatever the
 * task does that follows. The agent looks when it hears of the thread, at its end, and now and then in between.
 *
 * 1. What was left after a message had been posted is found after that was heard.
 */
import { deserialize, serialize } from 'node:v8';
import { Ring } from './ring.ts';
import { restoreFromThread, shortenFromThread } from './short.ts';
import type { FromThread, Wrote } from './wire.ts';

export type Left = { readonly report: FromThread } | { readonly wrote: Wrote };

/** The first byte of each; what follows is a short message, a serialized one, or (batch, index) and a text in UTF-8. */
const SHORT = 0;
const SERIALIZED = 3;
/** Streams have the numbers 1 and 2. */
const WROTE_HEAD_BYTES = 9;

export class Tray {
  readonly #ring: Ring;
  #messages = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new Ring(memory);
  }

  /** The thread has posted a message, or the agent has heard the next one. */
  passed(): void {
    this.#messages = (this.#messages + 1) | 0;
  }

  get isEmpty(): boolean {
    return this.#ring.isEmpty;
  }

  /** False where there is no room for it, or where it has shared memory, which cannot be copied. */
  report(message: FromThread): boolean {
    if (message.large.length > 0) return false;
    const short = shortenFromThread(message);
    if (typeof short !== 'string') return this.#put(SERIALIZED, serialize(message));
    return this.#put(SHORT, Buffer.from(short, 'latin1'));
  }

  /** False where there is no room for it. */
  wrote([batch, index, stream, text]: Wrote): boolean {
    const bytes = Buffer.allocUnsafe(WROTE_HEAD_BYTES + Buffer.byteLength(text));
    bytes[0] = stream;
    bytes.writeUInt32BE(batch, 1);
    bytes.writeUInt32BE(index, 5);
    bytes.write(text, WROTE_HEAD_BYTES);
    return this.#ring.put(bytes, this.#messages);
  }

  take(): Left[] {
    return this.#ring.take(this.#messages).map(leftIn);
  }

  #put(kind: number, content: Uint8Array): boolean {
    const bytes = new Uint8Array(1 + content.length);
    bytes[0] = kind;
    bytes.set(content, 1);
    return this.#ring.put(bytes, this.#messages);
  }
}

function leftIn(bytes: Uint8Array): Left {
  const content = Buffer.from(bytes.buffer, 1);
  const kind = bytes[0]!;
  if (kind === SHORT) return { report: restoreFromThread(content.toString('latin1')) };
  if (kind === SERIALIZED) return { report: apart(deserialize(content) as FromThread) };
  const text = content.toString('utf8', WROTE_HEAD_BYTES - 1);
  return { wrote: [content.readUInt32BE(0), content.readUInt32BE(4), kind, text] };
}

/** In memory of their own: results are views of the pack, and begin where it does. */
function apart(message: FromThread): FromThread {
  return {
    ...message,
    pack: message.pack.slice(),
    errorBytes: message.errorBytes.map((bytes) => bytes.slice()),
  };
}
