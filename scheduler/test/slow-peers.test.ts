/** Who reads slowly costs a bounded amount of memory, and gets everything when it reads again. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Control, Limits, type Message, ProtocolError, packMap } from '@taskloom/protocol';
import { acceptSockets, type Connection, dialSocket, introduce } from '@taskloom/protocol/connection';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeEnvelope, encodeEnvelope, seal } from '../../protocol/src/codec.ts';
import { Scheduler } from '../src/scheduler.ts';
import { client, code, hashed, Peer, submission, want, worker } from './peers.ts';

const tokens = { client: 'for clients', worker: 'for workers' };
const CACHE_BYTES = 2 * 1024 * 1024;

/** Reads when it is told to: credit is what it grants. */
class Reluctant {
  readonly #socket: WebSocket;
  readonly results = new Set<number>();
  readonly output: Control<'output'>[] = [];
  #unread: Uint8Array[] = [];
  #reads = true;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#unread.push(data);
      this.#read();
    });
  }

  say(...messages: Message[]): void {
    this.#socket.send(encodeEnvelope(messages.map(seal)));
  }

  stop(): void {
    this.#reads = false;
  }

  start(): void {
    this.#reads = true;
    this.#read();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #read(): void {
    if (!this.#reads) return;
    for (const data of this.#unread.splice(0)) {
      // Eight bytes are a grant of credit to us.
      if (data.length === 8) continue;
      for (const message of decodeEnvelope(data)) {
        if (message.op === 'results') for (const task of message.first) this.results.add(task);
        if (message.op === 'output') this.output.push(message);
      }
      const grant = Buffer.alloc(8);
      grant.writeUInt32LE(data.length, 4);
      this.#socket.send(grant);
    }
    this.#wake();
  }
}

let address: string;
let scheduler: Scheduler;
let connections: Connection[];
const server = { close: () => {} };

beforeEach(async () => {
  scheduler = new Scheduler({
    guard: { tokens },
    dataToken: 'data',
    cacheBytes: CACHE_BYTES,
    workerTtlMs: 60_000,
  });
  connections = [];
  const http = createServer();
  const sockets = acceptSockets(http, (connection) => {
    connections.push(connection);
    scheduler.accept(connection);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  address = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  server.close = () => {
    sockets.close();
    http.close();
  };
});

afterEach(() => {
  scheduler.close();
  server.close();
});

async function reluctant(): Promise<{ peer: Reluctant; connection: Connection }> {
  const socket = new WebSocket(address);
  await new Promise((resolve) => socket.once('open', resolve));
  const peer = new Reluctant(socket);
  const welcomed = new Promise((resolve) => socket.once('message', resolve));
  peer.say({ op: 'hello', role: 'client', token: tokens.client, version: '0', protocol: [1, 1] });
  await welcomed;
  return { peer, connection: connections.at(-1)! };
}

test('a client that stops reading while results pile up', async () => {
  const tasks = 600;
  const block = new Uint8Array(60_000);
  await worker({ address, tokens }, {}, block);
  const { peer, connection } = await reluctant();
  const polite = await client({ address, tokens });
  let most = 0;
  const watch = () => {
    most = Math.max(most, connection.queuedBytes);
  };
  peer.stop();
  peer.say(
    code('f'),
    ...Array.from({ length: tasks }, (_, i) => submission({ first: i + 1 })),
    want(1, tasks),
  );
  // When another client has the last of as many tasks, submitted later, those of the first are done.
  polite.send(code('f'));
  for (let i = 1; i <= 50; i++) {
    polite.send(submission({ first: i }));
    polite.send(want(i));
    await polite.said('results', (message) => message.first.includes(i));
    watch();
  }
  expect(connection.writable).toBe(false);
  expect(peer.results.size).toBe(0);
  peer.start();
  await peer.until(() => {
    watch();
    return peer.results.size === tasks;
  });
  expect(tasks * block.length).toBeGreaterThan(2 * (Limits.creditBytes + CACHE_BYTES));
  expect(most).toBeLessThan(Limits.creditBytes + CACHE_BYTES);
});

test('a client that stops reading while its tasks write loses what they write, hears how much, and has its results', async () => {
  const writer = await worker({ address, tokens });
  const { peer, connection } = await reluctant();
  peer.say(code('f'), submission({ first: 1 }), want(1));
  const run = await writer.said('run');
  await peer.until(() => peer.results.has(1));
  peer.stop();
  const batch = run.batch[0]!;
  const text = 'x'.repeat(Limits.outputChars);
  const write = (text: string) =>
    writer.send({ op: 'output', batch, index: 0, worker: '', name: 'f', stream: 'stdout', text });
  const texts = 300;
  for (let i = 0; i < texts; i++) write(text);
  // What the worker finishes behind its output is heard of behind it.
  const polite = await client({ address, tokens });
  polite.send(code('f'));
  polite.send(submission({ first: 1 }));
  polite.send(want(1));
  await polite.said('results');
  expect(connection.queuedBytes).toBeLessThan(Limits.creditBytes);
  peer.say(submission({ first: 2 }), want(2));
  peer.start();
  await peer.until(() => peer.results.has(2) && peer.output.at(-1)?.stream === 'stderr');
  const heard = peer.output.filter(({ stream }) => stream === 'stdout').length;
  expect(heard).toBeLessThan(texts);
  const dropped = (texts - heard) * text.length;
  expect(peer.output.at(-1)).toMatchObject({ index: 1, worker: 'w1', name: 'f' });
  expect(peer.output.at(-1)?.text).toMatch(new RegExp(`^\\.\\.\\. ${dropped} characters dropped`));
  write('heard again');
  await peer.until(() => peer.output.at(-1)?.text === 'heard again');
});

/** As the client so numbered says it. */
type Large = (client: number, task: number, bytes: number) => Message[];

const largeArguments: Large = (client, first, bytes) => {
  const name = `f${client}`;
  const call = packMap({ fn: { name, graph: hashed(name), sources: [] }, options: {} });
  const columns = { blockRows: Uint32Array.of(1), sections: [call, new Uint8Array(bytes)] };
  return [code(name), submission({ first, columns })];
};

const largeCode: Large = (client, first, bytes) => {
  const name = `f${client} of task ${first}`;
  return [code(name, bytes), submission({ first, name })];
};

test.each([
  ['arguments wait', largeArguments],
  ['functions wait', largeCode],
])('a worker that joins where large %s is sent them as it takes them', async (_, large) => {
  const [clients, tasks, size] = [3, 6, 20_000_000];
  const all = await Promise.all(Array.from({ length: clients }, () => client({ address, tokens })));
  for (const [number, each] of all.entries()) {
    for (let i = 1; i <= tasks; i++) for (const message of large(number, i, size)) each.send(message);
    each.send({ op: 'ask', id: 1, about: 'counters' });
    await each.said('answer');
  }
  expect(clients * tasks * size).toBeGreaterThan(Limits.outboxBytes);
  const joined = await worker({ address, tokens });
  const connection = connections.at(-1)!;
  let most = 0;
  for (const each of all) {
    await each.said(
      'done',
      ({ first, count }) => (first.at(-1) as number) + (count.at(-1) as number) > tasks,
    );
    most = Math.max(most, connection.queuedBytes);
  }
  expect(joined.heard.filter(({ op }) => op === 'run').length).toBeGreaterThan(1);
  expect(most).toBeLessThan(100_000_000);
});

test('a worker that cannot be told what it is to do goes, and its work with it to another', async () => {
  const polite = await client({ address, tokens });
  const doomed = await worker({ address, tokens }, { name: 'w1' });
  connections.at(-1)!.send = () => {
    throw new ProtocolError('limit-exceeded', 'too much for one message');
  };
  polite.send(code('f'));
  polite.send(submission({ first: 1 }));
  polite.send(want(1));
  expect(await doomed.closed).toMatchObject({ message: 'too much for one message' });
  await worker({ address, tokens }, { name: 'w2' });
  await polite.said('results');
});

test('a client is told of all that failed by a long error, as it takes it', async () => {
  const [dependents, error] = [36, new Uint8Array(8_000_000)];
  const all = await client({ address, tokens });
  const connection = connections.at(-1)!;
  const shared = { sharedFirst: Uint32Array.of(1), sharedCount: Uint32Array.of(1) };
  all.send(code('f'));
  all.send(submission({ first: 1 }));
  // No two are neighbours.
  for (let i = 1; i <= dependents; i++) all.send(submission({ first: 1 + 2 * i, columns: shared }));
  all.send({ op: 'ask', id: 1, about: 'counters' });
  await all.said('answer');
  expect(dependents * error.length).toBeGreaterThan(Limits.outboxBytes);
  const dialled = await dialSocket(address);
  const about = { name: 'w1', address: 'http://127.0.0.1:1', threads: 1, resources: {} };
  const { welcome, early } = await introduce(dialled, {
    role: 'worker',
    token: tokens.worker,
    worker: about,
  });
  const failing: Peer = new Peer(dialled, welcome.number, (message) => {
    if (message.op !== 'run') return;
    const { batch, first, count, run } = message;
    failing.send({ op: 'erred', batch, first, count, run, why: new Uint32Array(1), sections: [error] });
  });
  failing.hear(early);
  let most = 0;
  for (let i = 0; i <= dependents; i++) {
    await all.said('failed', ({ first }) => first.includes(1 + 2 * i));
    most = Math.max(most, connection.queuedBytes);
  }
  expect(most).toBeLessThan(3 * Limits.creditBytes);
});
