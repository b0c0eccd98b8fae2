import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { LocalCluster } from '../local/local-cluster.ts';
import { clientOf, FakeScheduler } from '../testing/fake-scheduler.ts';
import { HttpDoors } from './http-doors.ts';

const LARGE = 8_000_000;

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

it('what a worker is asked for that is gone without a word is asked for elsewhere at once', async () => {
  const fake = new FakeScheduler();
  const asked: Socket[] = [];
  // Its kernel takes connections, and nobody answers.
  const server = createSocketServer((socket) => asked.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientOf(fake, fake.token, new HttpDoors('token'));
  fake.paused = true;
  const value = client.submit(() => 7);
  const coming = value.result();
  await client.counters();
  fake.tellWorkers([{ worker: 1, name: 'ada', address, threads: 1, resources: {} }]);
  fake.sendPlace(1);
  await vi.waitUntil(() => asked.length === 1);

  fake.tellWorkers([]);
  await vi.waitUntil(() => fake.heard.filter(({ op }) => op === 'want').length === 2);
  fake.resume();
  expect(await coming).toBe(7);
  await client.close();
  for (const socket of asked) socket.destroy();
  server.close();
});

it('many values are brought a few at a time', async () => {
  const held: ServerResponse[] = [];
  let isOpen = false;
  const door = createServer((request, response) => {
    if (request.method === 'GET' || isOpen) response.writeHead(204).end();
    else held.push(response);
    request.resume();
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const doors = new HttpDoors('token');
  const values = Array.from({ length: 200 }, (_, index) =>
    doors.put({ worker: 1, address }, 1, index, [Uint8Array.of(index)]),
  );
  await vi.waitUntil(() => held.length >= 8);
  // Whatever was sent before these has come when they are answered.
  for (let i = 0; i < 10; i++) await fetch(address);
  expect(held).toHaveLength(8);
  isOpen = true;
  for (const response of held) response.writeHead(204).end();
  await Promise.all(values);
  doors.close();
  door.close();
});

it('a door that takes no more is given up', async () => {
  const door = createServer((request) => request.pause());
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const doors = new HttpDoors('token', undefined, 20);
  await expect(doors.put({ worker: 1, address }, 1, 0, [new Uint8Array(50_000_000)])).rejects.toThrow(
    `${address} was silent for 0.02 s`,
  );
  doors.close();
  door.closeAllConnections();
  door.close();
});
