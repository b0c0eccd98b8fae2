/**
 * GET over a bare socket, which reads into memory of the taker's choice: node:http hands out pieces of its own, which would have to be
 * copied. HTTP/1.1 as RFC 9112 has it, as far as data doors speak it: a status line, headers, a body of `content-length` bytes.
 * One request at a time.
 */
import type { OnReadOpts, Socket } from 'node:net';
import { DoorError, MAX_VALUE_BYTES } from './block.ts';
import { pour } from './pour.ts';
import { type Answer, type Source, type Taker, Whole } from './taker.ts';

const HEAD_BYTES = 8 * 1024;
/** A refusal is a line of text. */
const WHY_BYTES = 1_000;

export interface LineOptions {
  /** Whose door it is, for messages. */
  readonly name: string;
  /** After so many milliseconds without a byte it is given up. */
  readonly silenceMs: number;
}

interface Pending {
  readonly taker: Taker;
  resolve(answer: Answer): void;
  reject(error: DoorError): void;
}

/** The part of an answer that has come. */
interface Body {
  readonly status: number;
  readonly answer: Answer;
  readonly taker: Taker;
  left: number;
}

export class ValueLine implements Source {
  /** For the socket that will be attached. */
  readonly onread: OnReadOpts;
  readonly #options: LineOptions;
  readonly #head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  #socket: Socket | undefined;
  #headBytes = 0;
  #body: Body | undefined;
  #pending: Pending | undefined;
  #heard = false;
  #paused = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.onread = { buffer: () => this.#space(), callback: (bytes) => this.#came(bytes) };
  }

  /** Whether anything came for the last request. */
  get heard(): boolean {
    return this.#heard;
  }

  get open(): boolean {
    return this.#socket?.destroyed === false;
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    socket.setTimeout(this.#options.silenceMs, () => this.#silent());
    socket.on('error', (cause) => this.#fail(codeOf(cause), `failed: ${cause.message}`, cause));
    socket.on('close', () => this.#fail('broken', this.#cutOff()));
  }

  /** Fulfilled when all of the value was taken. Rejects with DoorError. `request`: whole, as it is written. */
  get(request: string, taker: Taker): Promise<Answer> {
    this.#heard = false;
    return new Promise((resolve, reject) => {
      this.#pending = { taker, resolve, reject };
      if (!this.open) return this.#fail('broken', 'closed the connection');
      // While nothing is asked it does not keep the process running.
      this.#socket?.ref();
      this.#socket?.write(request);
    });
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket?.setTimeout(this.#options.silenceMs);
    this.#socket?.resume();
  }

  close(): void {
    this.#fail('broken', 'was given up by this side');
  }

  #silent(): void {
    if (!this.#paused) this.#fail('silent', `was silent for ${this.#options.silenceMs / 1000} s`);
  }

  /** Where the next bytes go: straight to their place, once that is known. */
  #space(): Uint8Array {
    const body = this.#body;
    if (!body) return this.#head.subarray(this.#headBytes);
    const space = body.taker.space();
    return space.length > body.left ? space.subarray(0, body.left) : space;
  }

  /** So many bytes stand in what `space` gave; whether to read on. */
  #came(bytes: number): boolean {
    this.#heard = true;
    if (!this.#pending) this.#fail('broken', 'sent what nobody asked for');
    else if (!this.#body) this.#headCame(bytes);
    else {
      this.#body.left -= bytes;
      this.#paused = !this.#body.taker.came(bytes);
    }
    if (this.#body?.left === 0) this.#done(this.#body);
    return !this.#paused;
  }

  #headCame(bytes: number): void {
    this.#headBytes += bytes;
    const head = this.#head.subarray(0, this.#headBytes);
    const end = head.indexOf('\r\n\r\n');
    if (end >= 0) this.#begin(head.toString('latin1', 0, end), head.subarray(end + 4));
    else if (this.#headBytes === HEAD_BYTES) this.#fail('broken', 'sent headers that do not end');
  }

  #begin(head: string, early: Uint8Array): void {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
    if (status === undefined) return this.#fail('broken', 'answered with something that is no HTTP');
    const answer = answerIn(head);
    const { length } = answer;
    if (!(length <= MAX_VALUE_BYTES)) return this.#fail('broken', 'did not say how long its answer is');
    if (early.length > length) return this.#fail('broken', 'sent an answer longer than it says');
    const taker = status === '200' ? (this.#pending as Pending).taker : new Whole(roomForText);
    try {
      taker.begin(answer, this);
    } catch (cause) {
      return this.#fail('broken', `has ${length} bytes, for which there is no memory`, cause);
    }
    if (!this.#pending) return;
    this.#body = { status: Number(status), answer, taker, left: length };
    pour(early, this.onread);
  }

  #done({ status, answer, taker }: Body): void {
    if (status !== 200) {
      const why = Buffer.from((taker as Whole).content.subarray(0, WHY_BYTES)).toString();
      return this.#fail(status === 404 ? 'not-here' : 'refused', `answered ${status}: ${why}`);
    }
    const pending = this.#pending;
    this.#pending = undefined;
    this.#body = undefined;
    this.#paused = false;
    // Node asks for the memory of the next read right after this one: it must be the start of a new head.
    this.#headBytes = 0;
    this.#socket?.unref();
    pending?.resolve(answer);
  }

  #cutOff(): string {
    if (!this.#body) return 'closed the connection';
    const { answer, left } = this.#body;
    return `closed the connection after ${answer.length - left} of ${answer.length} bytes`;
  }

  /** A line on which something went wrong is not used again. */
  #fail(code: DoorError['code'], why: string, cause?: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#body = undefined;
    this.#paused = false;
    this.#socket?.destroy();
    pending?.reject(new DoorError(code, `${this.#options.name} ${why}`, { cause }));
  }
}

function answerIn(head: string): Answer {
  const number = (name: string) =>
    Number(new RegExp(`^${name}: *(\\d+) *$`, 'im').exec(head)?.[1] ?? Number.NaN);
  return { length: number('content-length'), first: number('x-first'), count: number('x-count') };
}

/** Of an answer that is no value; who sends MB of reasons sends nothing that we want. */
function roomForText(bytes: number): Uint8Array {
  if (bytes > HEAD_BYTES) throw new RangeError(`${bytes} bytes of a reason`);
  return new Uint8Array(bytes);
}

function codeOf({ code }: Error & { code?: string }): DoorError['code'] {
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH'
    ? 'unreachable'
    : 'broken';
}
