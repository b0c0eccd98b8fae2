/** Clients and workers driven by hand, over real sockets. */
import type { Call, Control, Message, MessageOf, Run, Submit } from '@taskloom/protocol';
import { type ProtocolError, packMap } from '@taskloom/protocol';
import { type Connection, dialSocket, introduce } from '@taskloom/protocol/connection';
import { BARE_SUBMIT } from './reports.ts';

export const hashed = (name: string) => `hash of ${name}`;

export class Peer {
  readonly connection: Connection;
  readonly number: number;
  readonly heard: Message[] = [];
  readonly closed: Promise<ProtocolError>;
  #waiting: { isIt: (message: Message) => boolean; resolve: (message: Message) => void }[] = [];
  readonly #answer: (message: Message) => void;

  constructor(connection: Connection, number: number, answer: (message: Message) => void = () => {}) {
    this.connection = connection;
    this.number = number;
    this.#answer = answer;
    this.closed = new Promise((resolve) =>
      connection.open({ messages: (batch) => this.hear(batch), closed: resolve }),
    );
  }

  hear(batch: readonly Message[]): void {
    for (const message of batch) {
      this.heard.push(message);
      this.#answer(message);
      const waiting = this.#waiting;
      this.#waiting = waiting.filter(({ isIt }) => !isIt(message));
      for (const { isIt, resolve } of waiting) if (isIt(message)) resolve(message);
    }
  }

  /** The first message of this kind, heard or still to come, of which `isIt` holds. */
  async said<Op extends Message['op']>(
    op: Op,
    isIt: (message: Extract<Message, { op: Op }>) => boolean = () => true,
  ): Promise<Extract<Message, { op: Op }>> {
    const matches = (message: Message) => message.op === op && isIt(message as Extract<Message, { op: Op }>);
    const found =
      this.heard.find(matches) ??
      (await new Promise<Message>((resolve) => this.#waiting.push({ isIt: matches, resolve })));
    return found as Extract<Message, { op: Op }>;
  }

  send(message: Message): void {
    this.connection.send(message);
  }
}

export interface Door {
  readonly address: string;
  readonly tokens: { readonly client: string; readonly worker: string };
}

export async function client({ address, tokens }: Door): Promise<Peer> {
  const connection = await dialSocket(address);
  const { welcome, early } = await introduce(connection, { role: 'client', token: tokens.client });
  const peer = new Peer(connection, welcome.number);
  peer.hear(early);
  return peer;
}

type About = NonNullable<Control<'hello'>['worker']>;

/** A worker that finishes whatever it is told to run; `block` is each result. */
export async function worker(
  { address, tokens }: Door,
  about: Partial<About> = {},
  block = new Uint8Array(8),
): Promise<Peer> {
  const connection = await dialSocket(address);
  const who = { name: 'w1', address: 'http://127.0.0.1:1', threads: 1, resources: {}, ...about };
  const { welcome, early } = await introduce(connection, {
    role: 'worker',
    token: tokens.worker,
    worker: who,
  });
  const peer: Peer = new Peer(connection, welcome.number, (message) => {
    if (message.op === 'run') peer.send(finished(message, block));
    else if (message.op === 'fetch') {
      const { batch, first, count } = message;
      peer.send({ op: 'data', batch, first, count, sections: Array.from(batch, () => block) });
    }
  });
  peer.hear(early);
  return peer;
}

/** Each task is one row of results. */
function finished(run: MessageOf<typeof Run>, block: Uint8Array): Message {
  const rows = Array.from(run.batch).flatMap((batch, i) =>
    Array.from({ length: run.count[i] as number }, (_, k) => [
      batch,
      (run.first[i] as number) + k,
      run.run[i] as number,
    ]),
  );
  const column = (of: (row: number[]) => number) => Uint32Array.from(rows, of);
  return {
    op: 'finished',
    batch: column(([batch]) => batch as number),
    first: column(([, first]) => first as number),
    count: column(() => 1),
    run: column(([, , number]) => number as number),
    bytes: column(() => block.length),
    micros: column(() => 100),
    inline: column(() => 1),
    sections: rows.map(() => block),
  };
}

export const code = (name: string, bytes = 4): Message => ({
  op: 'code',
  sections: [new Uint8Array(Buffer.from(hashed(name), 'latin1')), new Uint8Array(bytes)],
});

/** It is not counted on any more. */
export const letGo = (name: string): Message => ({
  op: 'code',
  sections: [new Uint8Array(Buffer.from(hashed(name), 'latin1')), new Uint8Array(0)],
});

export interface Submission {
  readonly first: number;
  readonly count?: number;
  readonly name?: string;
  readonly options?: Call['options'];
  readonly columns?: Partial<MessageOf<typeof Submit>>;
}

export function submission({
  first,
  count = 1,
  name = 'f',
  options = {},
  columns = {},
}: Submission): Message {
  const call = { fn: { name, graph: hashed(name), sources: [] }, options };
  const tasks = { first: Uint32Array.of(first), count: Uint32Array.of(count) };
  return { ...BARE_SUBMIT, ...tasks, sections: [packMap(call)], ...columns };
}

export const want = (first: number, count = 1): Message => ({
  op: 'want',
  first: Uint32Array.of(first),
  count: Uint32Array.of(count),
  sections: [],
});
