/** Large values through the scheduler's door, to clients that reach no worker: what is passed on, refused, held back and ended. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { dialSocket, introduce } from '@taskloom/protocol/connection';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningScheduler, startScheduler } from '../src/start.ts';
import { type Peer, worker } from './peers.ts';

const MIB = 1024 * 1024;
/** More than sockets keep. */
const VALUE = 96 * MIB;

let scheduler: RunningScheduler;
let door: Server;
let hand: Peer;
let token: string;
/** What the data door of the worker does. */
let answers: (asked: IncomingMessage, answer: ServerResponse) => void;

beforeEach(async () => {
  scheduler = await startScheduler();
  door = createServer((asked, answer) => answers(asked, answer)).listen(0, '127.0.0.1');
  await once(door, 'listening');
  hand = await worker(scheduler, { address: addressOf(door) });
  const connection = await dialSocket(scheduler.address);
  const { welcome } = await introduce(connection, { role: 'client', token: scheduler.tokens.client });
  token = welcome.dataToken;
});

afterEach(async () => {
  await scheduler.close();
  door.close();
  door.closeAllConnections();
});

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | number>;
  readonly body?: Uint8Array;
}

function ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = `${scheduler.address.replace('ws:', 'http:')}${path}`;
    const all = { authorization: `Bearer ${token}`, ...headers };
    const asked = request(url, { method, headers: all, agent: false });
    asked.once('response', resolve).on('error', reject).end(body);
  });
}

function promised<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const value = (path = '/7/3') => `/data/${hand.number}${path}`;

describe('is passed on:', () => {
  test('a value, with what the worker says of it', async () => {
    const bytes = new Uint8Array(3 * MIB).map((_, i) => i * 31);
    answers = (asked, answer) => {
      expect([asked.method, asked.url, asked.headers.authorization]).toEqual([
        'GET',
        '/data/7/3',
        `Bearer ${token}`,
      ]);
      answer.writeHead(200, { 'content-length': bytes.length, 'x-first': 2, 'x-count': 4 }).end(bytes);
    };
    const came = await ask(value());
    expect(came.headers).toMatchObject({
      'content-length': `${bytes.length}`,
      'x-first': '2',
      'x-count': '4',
    });
    expect((await buffer(came)).equals(bytes)).toBe(true);
  });

  test('a value that is brought', async () => {
    const bytes = new Uint8Array(3 * MIB).map((_, i) => i * 17);
    let brought: Buffer | undefined;
    answers = async (asked, answer) => {
      brought = await buffer(asked);
      expect(asked.headers['content-length']).toBe(`${bytes.length}`);
      answer.writeHead(204).end();
    };
    const headers = { 'content-length': bytes.length };
    expect((await ask(value(), { method: 'PUT', headers, body: bytes })).statusCode).toBe(204);
    expect(brought?.equals(bytes)).toBe(true);
  });

  test('what the worker refuses, in its words', async () => {
    answers = (_, answer) => void answer.writeHead(404, { 'content-length': 15 }).end('7/3 is not here');
    const came = await ask(value());
    expect([came.statusCode, await text(came)]).toEqual([404, expect.stringContaining('7/3 is not here')]);
  });

  test('a refusal that comes before all was brought', async () => {
    answers = (_, answer) => void answer.writeHead(507).end('there is no memory');
    const body = new Uint8Array(20 * MIB);
    const came = await ask(value(), { method: 'PUT', headers: { 'content-length': body.length }, body });
    expect([came.statusCode, await text(came)]).toEqual([507, 'there is no memory']);
  });
});

describe('is refused:', () => {
  beforeEach(() => {
    answers = (_, answer) => void answer.end('the worker was asked');
  });

  test.each<[string, () => [string, Ask?], number, RegExp]>([
    ['no token', () => [value(), { headers: { authorization: '' } }], 401, /data token is missing or wrong/],
    ['a wrong token', () => [value(), { headers: { authorization: 'Bearer guess' } }], 401, /data token/],
    [
      "the token of clients, which is not the values'",
      () => [value(), { headers: { authorization: `Bearer ${scheduler.tokens.client}` } }],
      401,
      /data token/,
    ],
    ['a worker that is not there', () => ['/data/99/7/3'], 404, /worker 99 is not there any more/],
    ['what is no value', () => ['/data/1/x'], 404, /values are at \/data\/\{worker\}/],
    ['to delete', () => [value(), { method: 'DELETE' }], 405, /GET and brought with PUT/],
    [
      'a value of unknown length',
      () => [value(), { method: 'PUT', headers: { 'transfer-encoding': 'chunked' } }],
      411,
      /content-length is required/,
    ],
  ])('%s', async (_, asking, status, why) => {
    const came = await ask(...asking());
    expect([came.statusCode, await text(came)]).toEqual([status, expect.stringMatching(why)]);
  });

  test('a worker whose door cannot be reached', async () => {
    const { number } = await worker(scheduler, { name: 'w2', address: 'http://127.0.0.1:1' });
    const came = await ask(`/data/${number}/7/3`);
    expect(came.statusCode).toBe(502);
    expect(await text(came)).toMatch(/the scheduler cannot get it: .*127\.0\.0\.1:1 failed: .*ECONNREFUSED/);
  });

  test('a worker that has no door for others', async () => {
    const { number } = await worker(scheduler, { name: 'w2', address: 'memory:1' });
    const came = await ask(`/data/${number}/7/3`);
    expect([came.statusCode, await text(came)]).toEqual([502, expect.stringContaining('memory:1')]);
  });
});

/** Gives a value of `bytes` as fast as it is taken; counts what was. */
function giving(bytes: number): { given: number; closed: Promise<unknown> } {
  const closed = promised<void>();
  const state = { given: 0, closed: closed.promise };
  const chunk = new Uint8Array(MIB);
  answers = (_, answer) => {
    answer.writeHead(200, { 'content-length': bytes });
    answer.once('close', closed.resolve);
    const more = () => {
      while (state.given < bytes && !answer.destroyed) {
        state.given += MIB;
        if (!answer.write(chunk)) return void answer.once('drain', more);
      }
      answer.end();
    };
    more();
  };
  return state;
}

async function lengthOf(came: IncomingMessage): Promise<number> {
  let length = 0;
  for await (const chunk of came) length += chunk.length;
  return length;
}

describe('a reader', () => {
  test('that is slow holds the worker back, and nothing is collected here', async () => {
    const slow = giving(VALUE);
    const came = await ask(value());
    // While it reads nothing, another reads all of as much.
    giving(VALUE);
    expect(await lengthOf(await ask(value()))).toBe(VALUE);
    // Sockets keep a few MiB at each of the three ends.
    expect(slow.given).toBeLessThan(VALUE / 2);
    expect(await lengthOf(came)).toBe(VALUE);
  });

  test('that goes away ends it at the worker too', async () => {
    const { closed } = giving(VALUE);
    const came = await ask(value());
    came.destroy();
    await closed;
  });
});

test('a worker that dies in the middle ends it, which is told from a value that is complete', async () => {
  answers = (_, answer) => {
    answer.writeHead(200, { 'content-length': 10 * MIB }).write(new Uint8Array(MIB));
    setImmediate(() => answer.destroy());
  };
  const came = await ask(value());
  await expect(buffer(came)).rejects.toThrow('aborted');
});

test('who brings a value and goes away ends it at the worker too', async () => {
  const arrived = promised<IncomingMessage>();
  answers = (asked) => arrived.resolve(asked);
  const headers = { authorization: `Bearer ${token}`, 'content-length': MIB };
  const bringing = request(`${scheduler.address.replace('ws:', 'http:')}${value()}`, {
    method: 'PUT',
    headers,
  });
  bringing.on('error', () => {});
  bringing.write(new Uint8Array(10));
  const there = await arrived.promise;
  bringing.destroy();
  await expect(buffer(there)).rejects.toThrow('aborted');
});

test('at most so many values are on their way at once', async () => {
  const held: ServerResponse[] = [];
  const full = promised<void>();
  answers = (_, answer) => void (held.push(answer) === 256 && full.resolve());
  const all = Array.from({ length: 256 }, () => ask(value()));
  await full.promise;
  const came = await ask(value());
  expect([came.statusCode, await text(came)]).toEqual([503, expect.stringContaining('256 values')]);
  for (const answer of held) answer.end('done');
  for (const each of await Promise.all(all)) expect(await text(each)).toBe('done');
  answers = (_, answer) => void answer.end('again');
  expect(await text(await ask(value()))).toBe('again');
});
