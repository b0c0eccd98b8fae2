import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { StoredBlock } from './block.ts';
import { connectTo } from './connect.ts';
import { Whole } from './taker.ts';
import { ValueLines } from './value-lines.ts';

let server: Server;
/** The other sides of connections, in the order in which they came. */
let sockets: Socket[];
let lines: ValueLines;
beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    // The client destroys a connection when it has had enough.
    sockets.push(socket.setNoDelay().on('error', () => {}));
    server.emit('taken');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const open = (onread: Parameters<typeof connectTo>[1]['onread']) => connectTo(url, { onread });
  lines = new ValueLines({ name: 'the door', host: url.host, token: 'secret', open, silenceMs: 20_000 });
});
afterEach(() => {
  lines.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function get(path: string, from = lines): Promise<StoredBlock> {
  const whole = new Whole();
  const { first, count } = await from.get(path, whole);
  return { first, count, content: whole.content };
}

/** A value that was asked for, and the socket on which it was. */
async function asked(
  path = '/data/1/0',
): Promise<{ value: Promise<StoredBlock>; socket: Socket; request: string }> {
  const taken = once(server, 'taken');
  const heard = sockets.map((socket) => once(socket, 'data').then(([data]) => ({ socket, data })));
  const value = get(path);
  value.catch(() => {});
  const fresh = taken.then(async () => {
    const socket = sockets.at(-1) as Socket;
    const [data] = await once(socket, 'data');
    return { socket, data };
  });
  const { socket, data } = await Promise.race([fresh, ...heard]);
  return { value, socket, request: String(data) };
}

const head = (length: number, more = '') => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n${more}\r\n`;
const textOf = async (value: Promise<StoredBlock>) => Buffer.from((await value).content).toString();

describe('a value from a data door', () => {
  it('is asked for by its path, with the token', async () => {
    const { value, socket, request } = await asked('/data/3/17');
    expect(request).toMatch(/^GET \/data\/3\/17 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
    expect(request).toContain('\r\nauthorization: Bearer secret\r\n');
    socket.write(`${head(1, 'X-First: 16\r\nx-count: 4\r\n')}!`);
    expect(await value).toEqual({ first: 16, count: 4, content: Uint8Array.of(33) });
  });

  it('comes in pieces of any size', async () => {
    const { value, socket } = await asked();
    for (const byte of Buffer.from(`${head(10)}0123456789`)) socket.write(Buffer.of(byte));
    expect(await textOf(value)).toBe('0123456789');
  });

  it('may be empty', async () => {
    const { value, socket } = await asked();
    socket.write(head(0));
    expect(await textOf(value)).toBe('');
  });

  it.each([
    ['is cut off', `${head(10)}012`, 'broken', 'the door closed the connection after 3 of 10 bytes'],
    ['is cut off before it begins', 'HTTP/1.1 2', 'broken', 'the door closed the connection'],
    [
      'is not there',
      'HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone',
      'not-here',
      'answered 404: gone',
    ],
    ['is refused', 'HTTP/1.1 401 No\r\ncontent-length: 5\r\n\r\ntoken', 'refused', 'answered 401: token'],
    ['has no length', 'HTTP/1.1 200 OK\r\n\r\n', 'broken', 'did not say how long'],
    ['is longer than any', head(2 ** 32), 'broken', 'did not say how long'],
    ['is longer than it says', `${head(10)}0123456789-`, 'broken', 'longer than it says'],
    ['has no end of headers', 'x'.repeat(20_000), 'broken', 'headers that do not end'],
    ['is no HTTP', 'SSH-2.0\r\n\r\n', 'broken', 'no HTTP'],
  ])('fails when it %s', async (_, answer, code, message) => {
    const { value, socket } = await asked();
    socket.end(answer);
    await expect(value).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('fails when nobody is there', async () => {
    await new Promise((closed) => server.close(closed));
    await expect(get('/data/1/0')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^the door failed: .*ECONNREFUSED/),
    });
  });

  it('fails when all is closed, also while it comes', async () => {
    const { value, socket } = await asked();
    socket.write(`${head(10)}012`);
    lines.close();
    await expect(value).rejects.toThrow('given up by this side');
    await expect(get('/data/1/1')).rejects.toMatchObject({ code: 'broken' });
  });
});

describe('a connection', () => {
  const answered = async (path: string, text: string) => {
    const { value, socket } = await asked(path);
    socket.write(`${head(text.length)}${text}`);
    expect(await textOf(value)).toBe(text);
    return socket;
  };

  it('is used again', async () => {
    const first = await answered('/data/1/0', 'one');
    expect(await answered('/data/1/1', 'two')).toBe(first);
  });

  it('carries one request at a time', async () => {
    const [one, other] = [await asked(), await asked()];
    expect(other.socket).not.toBe(one.socket);
    other.socket.write(`${head(5)}other`);
    one.socket.write(`${head(3)}one`);
    expect([await textOf(one.value), await textOf(other.value)]).toEqual(['one', 'other']);
  });

  it('that ended meanwhile is replaced', async () => {
    const first = await answered('/data/1/0', 'one');
    first.destroy();
    expect(await answered('/data/1/1', 'two')).not.toBe(first);
  });

  it('that ends when it is used again is replaced', async () => {
    const first = await answered('/data/1/0', 'one');
    first.once('data', () => first.destroy());
    const value = get('/data/1/1');
    await once(server, 'taken');
    const second = sockets[1] as Socket;
    await once(second, 'data');
    second.write(`${head(3)}two`);
    expect(await textOf(value)).toBe('two');
  });

  it('that says more than it was asked is not used again', async () => {
    const first = await answered('/data/1/0', 'one');
    first.write('and more');
    await once(first, 'close');
    expect(await answered('/data/1/1', 'two')).not.toBe(first);
  });
});

test('a door that is silent is given up', async () => {
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const open = (onread: Parameters<typeof connectTo>[1]['onread']) => connectTo(url, { onread });
  const impatient = new ValueLines({
    name: 'the door',
    host: url.host,
    token: 'secret',
    open,
    silenceMs: 10,
  });
  await expect(get('/data/1/0', impatient)).rejects.toMatchObject({ code: 'silent' });
});
