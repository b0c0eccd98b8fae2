import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { encodeEnvelope, seal } from '../codec.ts';
import { Limits } from '../limits.ts';
import type { Message } from '../messages.ts';
import { acceptSockets } from './accept-sockets.ts';
import { arrivals, code, connectionContract, listen, want } from './connection.contract.ts';
import { dialSocket } from './dial-socket.ts';
import type { Connection } from './port.ts';

/** A door on loopback; `next` is the connection that comes in next. */
async function door(firstBytes?: number) {
  const server = createServer();
  const lines = new Set<Socket>();
  const { arrived, next } = arrivals();
  server.on('connection', (line) => lines.add(line));
  const sockets = acceptSockets(server, arrived, firstBytes === undefined ? {} : { firstBytes });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `ws://127.0.0.1:${port}`,
    next,
    /** Breaks every line in the middle of whatever it says. */
    close: () => {
      sockets.close();
      for (const line of lines) line.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
type Door = Awaited<ReturnType<typeof door>>;

async function pairOver(dialled: 'near' | 'far') {
  const open = await door(Limits.frameBytes);
  const [caller, called] = await Promise.all([dialSocket(open.address), open.next()]);
  const [near, far] = dialled === 'near' ? [caller, called] : [called, caller];
  return { near, far, end: open.close };
}

connectionContract('WebSocket, from the side that called', () => pairOver('near'));
connectionContract('WebSocket, from the side that was called', () => pairOver('far'));

const envelope = (...messages: Message[]) => encodeEnvelope(messages.map(seal));

describe('a peer that breaks the rules is cut off with the reason, and others go on:', () => {
  let open: Door;
  let rude: WebSocket;
  let victim: ReturnType<typeof listen>;
  let polite: Connection;
  let host: ReturnType<typeof listen>;

  beforeEach(async () => {
    open = await door();
    const [caller, called] = await Promise.all([dialSocket(open.address), open.next()]);
    polite = caller;
    listen(polite);
    host = listen(called);
    rude = new WebSocket(open.address);
    const [accepted] = await Promise.all([open.next(), new Promise((resolve) => rude.once('open', resolve))]);
    victim = listen(accepted);
  });
  afterEach(async () => {
    rude.terminate();
    await open.close();
  });

  const farewell = () =>
    new Promise<[number, string]>((resolve) =>
      rude.once('close', (status, text) => resolve([status, text.toString()])),
    );

  async function cutOff(code: string, message: RegExp) {
    const [[status, text], reason] = await Promise.all([farewell(), victim.closed]);
    expect(status).toBe(4000);
    expect(text).toMatch(new RegExp(`^${code}: `));
    expect(reason.code).toBe(code);
    expect(reason.message).toMatch(message);
    polite.send(want(7));
    await host.heardAtLeast(1);
    expect(host.heard).toEqual([want(7)]);
  }

  test('a text message', async () => {
    rude.send('hello');
    await cutOff('bad-frame', /text/);
  });

  test('random bytes', async () => {
    rude.send(Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 255));
    await cutOff('bad-frame', /./);
  });

  test('an empty message', async () => {
    rude.send(new Uint8Array());
    await cutOff('bad-frame', /0 bytes/);
  });

  test('a message of the wrong shape', async () => {
    rude.send(envelope({ op: 'leave', reason: 7 } as unknown as Message));
    await cutOff('bad-message', /reason/);
  });

  test('much before it said who it is', async () => {
    rude.send(envelope(code(Limits.helloBytes)));
    await cutOff('limit-exceeded', /helloBytes/);
  });

  test('credit for what it was not sent', async () => {
    const grant = Buffer.alloc(8);
    grant.writeUInt32LE(1, 4);
    rude.send(grant);
    await cutOff('bad-frame', /credit/);
  });

  test('a message larger than any may be', async () => {
    // Only the head of the WebSocket frame says so (RFC 6455, section 5.2): it is refused before its bytes come.
    const head = Buffer.alloc(14);
    head.writeUInt16BE(0x82ff);
    head.writeBigUInt64BE(BigInt(Limits.frameBytes + 1), 2);
    (rude as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(head);
    const [[status], reason] = await Promise.all([farewell(), victim.closed]);
    expect(status).toBe(1009);
    expect(reason.code).toBe('limit-exceeded');
    polite.send(want(7));
    await host.heardAtLeast(1);
  });

  test('a frame that is no WebSocket frame', async () => {
    (rude as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.alloc(2, 0xff));
    expect((await victim.closed).code).toBe('bad-frame');
    polite.send(want(7));
    await host.heardAtLeast(1);
  });
});

test('no more than the window leaves for a peer that grants nothing', async () => {
  const open = await door();
  const silent = new WebSocket(open.address);
  let received = 0;
  silent.on('message', (data: Buffer) => {
    received += data.length;
    silent.emit('counted');
  });
  const writer = await open.next();
  listen(writer);
  const bytes = 256 * 1024;
  for (let i = 0; i < 100; i++) writer.send(code(bytes));
  while (received < Limits.creditBytes) await new Promise((resolve) => silent.once('counted', resolve));
  // A ping comes back behind everything that was sent before it.
  await new Promise((resolve) => {
    silent.once('pong', resolve);
    silent.ping();
  });
  expect(received).toBeLessThanOrEqual(Limits.creditBytes + bytes + 64);
  expect(received + writer.queuedBytes).toBeGreaterThan(100 * bytes);
  expect(writer.writable).toBe(false);
  silent.terminate();
  await open.close();
});

test('a socket that breaks is a lost connection, which can be dialled again', async () => {
  const open = await door();
  const [near, far] = await Promise.all([dialSocket(open.address), open.next()]);
  const here = listen(near);
  const there = listen(far);
  const closing = open.close();
  const [mine, theirs] = await Promise.all([here.closed, there.closed]);
  expect([mine.code, theirs.code]).toEqual(['connection-lost', 'connection-lost']);
  expect(mine.retryable).toBe(true);
  await closing;
});

test('a door without TLS says so to who asks for it', async () => {
  const open = await door();
  await expect(dialSocket(open.address.replace('ws:', 'wss:'))).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('speaks no TLS: say ws://'),
  });
  await open.close();
});

test('nobody at the other end is said with the address', async () => {
  const open = await door();
  await open.close();
  await expect(dialSocket(open.address)).rejects.toMatchObject({
    code: 'unreachable',
    retryable: true,
    message: expect.stringContaining(open.address),
  });
});

/** Takes no connection any more: its system drops requests once the few that it may queue have come. */
const DEAF = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 });
  server.once('listening', () => console.log(server.address().port));
`;

test.runIf(process.platform === 'linux')(
  'a request to connect that is dropped is given up after connectMs',
  async () => {
    const deaf = spawn(process.execPath, ['--eval', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(deaf.stdout, 'data');
    deaf.kill('SIGSTOP');
    const port = Number(String(said));
    const queued = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await once(queued[1]!, 'connect');
    await expect(dialSocket(`ws://127.0.0.1:${port}`, { connectMs: 50 })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('nobody answered within 50 ms'),
    });
    for (const line of queued) line.destroy();
    deaf.kill('SIGKILL');
  },
);
