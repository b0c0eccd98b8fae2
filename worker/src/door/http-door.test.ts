import type { StoredBlock } from '@taskloom/protocol/door';
import { afterEach, expect, test } from 'vitest';
import { HttpDoorClient } from './http-client.ts';
import { openHttpDoor } from './http-door.ts';
import type { Door } from './port.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function doorWith(blocks: Record<string, StoredBlock> = {}) {
  const puts: [number, number, Uint8Array][] = [];
  const door: Door = await openHttpDoor(
    {
      block: (batch, index) => blocks[`${batch}/${index}`],
      put: (batch, index, content) => void puts.push([batch, index, content]),
    },
    { host: '127.0.0.1' },
  );
  door.admit('secret');
  open.push(door);
  const client = new HttpDoorClient('secret');
  open.push(client);
  return { door, client, puts };
}

test('a block comes with its place, large ones in shared memory', async () => {
  const content = new Uint8Array(new SharedArrayBuffer(5_000_000)).map((_, i) => i * 7);
  const { door, client } = await doorWith({
    '3/17': { first: 16, count: 4, content },
    '3/20': { first: 20, count: 1, content: Uint8Array.of(1, 2, 3) },
  });
  const large = await client.get(door.address, 3, 17);
  expect({ first: large.first, count: large.count }).toEqual({ first: 16, count: 4 });
  expect(large.content.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(Buffer.compare(large.content, content)).toBe(0);
  expect(await client.get(door.address, 3, 20)).toEqual({
    first: 20,
    count: 1,
    content: Uint8Array.of(1, 2, 3),
  });
});

test('one connection after another question gives each its own answer', async () => {
  const sizes = [3, 70_000, 1, 200_000, 5, 6];
  const blocks = sizes.map((size, i) => ({ first: i, count: 1, content: new Uint8Array(size).fill(i + 1) }));
  const { door, client } = await doorWith(Object.fromEntries(blocks.map((block, i) => [`9/${i}`, block])));
  for (const block of blocks) {
    const got = await client.get(door.address, 9, block.first);
    expect([got.first, got.content.length, got.content.at(0), got.content.at(-1)]).toEqual([
      block.first,
      block.content.length,
      block.first + 1,
      block.first + 1,
    ]);
  }
});

test('an index that is not here, a wrong token and a closed door are told apart', async () => {
  const { door, client } = await doorWith();
  await expect(client.get(door.address, 3, 1)).rejects.toMatchObject({ code: 'not-here' });
  await expect(new HttpDoorClient('guess').get(door.address, 3, 1)).rejects.toMatchObject({
    code: 'refused',
  });
  await door.close();
  await expect(client.get(door.address, 3, 1)).rejects.toMatchObject({ code: 'unreachable' });
});

test('a door admits nobody before it has a token', async () => {
  const door = await openHttpDoor({ block: () => undefined, put: () => {} }, { host: '127.0.0.1' });
  open.push(door);
  expect((await fetch(`${door.address}/data/1/1`, { headers: { authorization: 'Bearer ' } })).status).toBe(
    401,
  );
});

test('a connection that the peer closed meanwhile is replaced', async () => {
  const blocks = { '1/1': { first: 1, count: 1, content: Uint8Array.of(9) } };
  const { door, client } = await doorWith(blocks);
  await client.get(door.address, 1, 1);
  await door.close();
  const port = Number(new URL(door.address).port);
  const again = await openHttpDoor(
    { block: () => blocks['1/1'], put: () => {} },
    { host: '127.0.0.1', port },
  );
  again.admit('secret');
  open.push(again);
  expect((await client.get(door.address, 1, 1)).content).toEqual(Uint8Array.of(9));
});

test('what is put arrives whole and once; a body of unknown length is refused', async () => {
  const { door, puts } = await doorWith();
  const body = new Uint8Array(3_000_000).map((_, i) => i);
  const headers = { authorization: 'Bearer secret' };
  const put = await fetch(`${door.address}/data/5/6`, { method: 'PUT', body, headers });
  expect(put.status).toBe(204);
  expect(puts).toHaveLength(1);
  expect(puts[0]?.slice(0, 2)).toEqual([5, 6]);
  expect(Buffer.compare(puts[0]![2], body)).toBe(0);
  const stream = new Blob([body]).stream();
  const chunked = await fetch(`${door.address}/data/5/6`, {
    method: 'PUT',
    body: stream,
    headers,
    duplex: 'half',
  });
  expect(chunked.status).toBe(411);
  expect(puts).toHaveLength(1);
});

test('paths and methods that the door does not know are refused', async () => {
  const { door } = await doorWith();
  const headers = { authorization: 'Bearer secret' };
  expect((await fetch(`${door.address}/data/1/x`, { headers })).status).toBe(404);
  expect((await fetch(`${door.address}/data/1/1`, { headers, method: 'POST' })).status).toBe(405);
});
