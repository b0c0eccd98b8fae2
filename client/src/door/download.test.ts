import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalCluster } from '../local/local-cluster.ts';
import { download } from './download.ts';

const LARGE = 8_000_000;

describe('a value from a data door', () => {
  let server: Server;
  /** The other side of the one connection, when the request is there. */
  let asked: Promise<Socket>;
  let url: URL;
  beforeEach(async () => {
    server = createServer();
    asked = once(server, 'connection').then(async ([socket]: Socket[]) => {
      // The client destroys the connection when it has had enough.
      socket!.on('error', () => {});
      await once(socket!, 'data');
      return socket!;
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/data/1/0`);
  });
  afterEach(() => server.close());

  const head = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n';
  const coming = () => download(url, 'secret');

  it('comes in pieces of any size', async () => {
    const value = coming();
    const socket = await asked;
    socket.setNoDelay();
    for (const byte of Buffer.from(`${head}0123456789`)) socket.write(Buffer.of(byte));
    expect(Buffer.from(await value).toString()).toBe('0123456789');
  });

  it.each([
    ['is cut off', head, 'closed the connection in the middle of a value'],
    ['is cut off before it begins', 'HTTP/1.1 2', 'closed the connection in the middle of a value'],
    ['is not there', 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', 'answered 404'],
    ['has no length', 'HTTP/1.1 200 OK\r\n\r\n', 'did not say how long'],
    ['is longer than it says', `${head}0123456789-`, 'longer than it says'],
    ['has no end of headers', 'x'.repeat(20_000), 'headers of the answer do not end'],
  ])('is refused when it %s', async (_, answer, message) => {
    const value = coming();
    (await asked).end(answer);
    await expect(value).rejects.toThrow(message);
  });
});

it('a value whose worker dies while it is fetched is computed again', async () => {
  await using cluster = await LocalCluster.start({ workers: 1, threads: 1 });
  const client = cluster.client();
  const value = client.submit((bytes: number) => new Uint8Array(bytes).fill(7), LARGE);
  await client.wait(value);
  const { pid } = cluster.workers[0]!;
  // Its kernel takes the connection, and it does not answer.
  process.kill(pid!, 'SIGSTOP');
  const coming = value.result();
  // What is answered after the value was asked for and found to be with that worker.
  await client.counters();
  process.kill(pid!, 'SIGKILL');
  const bytes = await coming;
  expect([bytes.length, bytes[0], bytes[LARGE - 1]]).toEqual([LARGE, 7, 7]);
  expect(cluster.workers[0]!.pid).not.toBe(pid);
});
