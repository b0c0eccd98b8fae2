import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createProxy, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Limits } from '../limits.ts';
import { type AcceptOptions, acceptSockets } from './accept-sockets.ts';
import { code, connectionContract, listen, want } from './connection.contract.ts';
import { dialSocket } from './dial-socket.ts';
import type { Connection } from './port.ts';
import { RECEIVED_HEADER, SESSION_HEADER } from './resumption.ts';

const RESUME_MS = 60_000;
const MIB = 1024 * 1024;
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

/** A server, and before it lines that a test cuts. The first breaks after `everyBytes`, each further one after twice as many. */
async function street({
  everyBytes = Number.POSITIVE_INFINITY,
  ...options
}: AcceptOptions & { everyBytes?: number } = {}) {
  const server = createServer();
  const here: Connection[] = [];
  const arrived = (connection: Connection) => {
    here.push(connection);
    server.emit('arrived');
  };
  const sockets = acceptSockets(server, arrived, { firstBytes: Limits.frameBytes, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const lines = new Set<Socket>();
  let blocked = false;
  let made = 0;
  const proxy = createProxy((near) => {
    near.on('error', () => {});
    if (blocked) return near.destroy();
    const far = connect(portOf(server), '127.0.0.1');
    let left = everyBytes * 2 ** made++;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      lines.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => {
        left -= bytes.length;
        // Somewhere in the middle of what it says.
        if (left < 0) return near.destroy();
        if (!to.write(bytes)) from.pause();
      });
      to.on('drain', () => from.resume());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  const cut = () => {
    for (const line of lines) line.destroy();
    lines.clear();
  };
  return {
    address: `ws://127.0.0.1:${portOf(proxy)}`,
    cut,
    /** From now on nobody comes through, or again. */
    block: (on: boolean) => {
      blocked = on;
      if (on) cut();
    },
    next: async () => {
      while (here.length === 0) await once(server, 'arrived');
      return here.shift() as Connection;
    },
    close: async () => {
      sockets.close();
      proxy.close();
      cut();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
type Street = Awaited<ReturnType<typeof street>>;

async function pairOver(dialled: 'near' | 'far', everyBytes: number) {
  const open = await street({ everyBytes });
  const [caller, called] = await Promise.all([
    dialSocket(open.address, { resumeMs: RESUME_MS }),
    open.next(),
  ]);
  const [near, far] = dialled === 'near' ? [caller, called] : [called, caller];
  return { near, far, end: open.close };
}

connectionContract('a line that is cut every 3 MiB, from the side that called', () =>
  pairOver('near', 3 * 1024 * 1024),
);
connectionContract('a line that is cut every 3 MiB, from the side that was called', () =>
  pairOver('far', 3 * 1024 * 1024),
);

describe('a connection whose line is cut', () => {
  let open: Street;
  afterEach(() => open.close());

  async function joined(options: AcceptOptions & { everyBytes?: number } = {}, resumeMs = RESUME_MS) {
    open = await street(options);
    const [caller, called] = await Promise.all([dialSocket(open.address, { resumeMs }), open.next()]);
    return { caller, called, here: listen(caller), there: listen(called) };
  }

  test('carries on, and nobody above notices', async () => {
    const { caller, called, here, there } = await joined();
    for (let i = 0; i < 20; i++) {
      caller.send(want(i));
      called.send(want(100 + i));
      if (i % 5 === 4) {
        await Promise.all([here.heardAtLeast(i), there.heardAtLeast(i)]);
        open.cut();
      }
    }
    await Promise.all([here.heardAtLeast(20), there.heardAtLeast(20)]);
    const numbers = (heard: typeof here.heard) => heard.map((one) => one.op === 'want' && one.first[0]);
    expect(numbers(there.heard)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(numbers(here.heard)).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
    expect(here.attached.slice(0, 2)).toEqual([false, true]);
    expect(there.attached).toContain(true);
    expect([here.closings, there.closings]).toEqual([0, 0]);
  });

  test('keeps what is said meanwhile, as far as credit goes', async () => {
    const { caller, called, here, there } = await joined();
    open.block(true);
    caller.send(want(1));
    called.send(want(2));
    while (called.writable) called.send(code(MIB));
    open.block(false);
    await there.heardAtLeast(1);
    await here.heardAtLeast(2);
    await here.until(() => here.heard.length > Limits.creditBytes / MIB);
    expect(there.heard).toEqual([want(1)]);
    expect(here.heard[0]).toEqual(want(2));
  });

  test('says why it was closed, though it was closed while it was cut', async () => {
    const { called, here, there } = await joined();
    open.block(true);
    called.close('limit-exceeded', 'enough');
    expect((await there.closed).message).toBe('enough');
    open.block(false);
    // Whoever asks for a connection that is no more is told that it is gone.
    expect(await here.closed).toMatchObject({
      code: 'connection-lost',
      message: expect.stringContaining('does not know this session'),
    });
  });

  test('is lost to both when no other line is found in time', async () => {
    const { here, there } = await joined({ resumeMs: 200 }, 200);
    open.block(true);
    const [mine, theirs] = await Promise.all([here.closed, there.closed]);
    expect(mine).toMatchObject({ code: 'connection-lost', message: /cannot be taken up again/ });
    expect(theirs).toMatchObject({ code: 'connection-lost', message: /did not come back in 200 ms/ });
  });

  test('is not looked for after it was closed by its caller', async () => {
    const { caller, here } = await joined();
    open.block(true);
    await expect.poll(() => here.attached).toEqual([false]);
    caller.close();
    expect((await here.closed).code).toBe('closed');
    open.block(false);
    expect(here.attached).toEqual([false]);
  });

  test('is lost at once without a ticket', async () => {
    open = await street();
    const [caller, called] = await Promise.all([dialSocket(open.address), open.next()]);
    const [here, there] = [listen(caller), listen(called)];
    open.cut();
    expect([(await here.closed).code, (await there.closed).code]).toEqual([
      'connection-lost',
      'connection-lost',
    ]);
  });

  test('is not given to who guesses its ticket', async () => {
    await joined();
    const guess = new WebSocket(open.address, { headers: { [SESSION_HEADER]: 'guess' } });
    const [error] = await once(guess, 'error');
    expect(error.message).toContain('410');
  });

  test.each(['-1', '1', '99999999', 'many'])(
    'is closed for who claims to have received %s bytes',
    async (claim) => {
      open = await street();
      const first = new WebSocket(open.address, { headers: { [SESSION_HEADER]: 'new' } });
      const [answer] = await once(first, 'upgrade');
      const ticket = answer.headers[SESSION_HEADER];
      const called = await open.next();
      const there = listen(called);
      called.send(want(1));
      await once(first, 'message');
      first.terminate();
      const again = new WebSocket(open.address, {
        headers: { [SESSION_HEADER]: ticket, [RECEIVED_HEADER]: claim },
      });
      const [status, text] = await once(again, 'close');
      expect([status, text.toString()]).toEqual([4000, expect.stringMatching(/^bad-frame: /)]);
      expect((await there.closed).code).toBe('bad-frame');
    },
  );
});
