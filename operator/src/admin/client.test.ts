import { afterAll, beforeAll, expect, test } from 'vitest';
import { wanted } from '../secrets/contents.ts';
import { Issuer } from '../secrets/issuer.ts';
import { AdminDoor, IDLE } from '../testing/admin-door.ts';
import { AdminClient, type SchedulerAddress } from './client.ts';

const NOTHING = { authority: undefined, scheduler: undefined, worker: undefined, client: undefined };
const issuer = new Issuer();
const secrets = () => wanted(NOTHING, issuer.issuing('malaria', Date.now()), Date.now());

const admin = new AdminClient();
let door: AdminDoor;
let address: SchedulerAddress;

beforeAll(async () => {
  const { scheduler } = await secrets();
  door = new AdminDoor(scheduler);
  const port = await door.start();
  address = {
    host: '127.0.0.1',
    port,
    ca: scheduler['ca.crt'] ?? '',
    token: scheduler['admin-token'] ?? '',
  };
});
afterAll(async () => {
  admin.close();
  await door.stop();
  await issuer.close();
});

test('asks how it is, and takes more than it knows', async () => {
  const worker = {
    name: 'w1',
    group: 'default',
    threads: 4,
    running: 2,
    heldBytes: 10,
    state: 'active' as const,
  };
  door.status = { ...IDLE, idleMs: null, workers: [worker], ...{ later: 'more' } };
  expect(await admin.status(address)).toEqual({ ...IDLE, idleMs: null, workers: [worker] });
});

test('retires workers, and asks which are missed least', async () => {
  expect(await admin.retire(address, ['w1', 'w9'])).toEqual([
    { name: 'w1', state: 'drained' },
    { name: 'w9', state: 'gone' },
  ]);
  expect(await admin.cheapest(address, ['b', 'a', 'c'], 2)).toEqual(['a', 'b']);
});

test('a wrong token is refused', async () => {
  const asked = admin.status({ ...address, token: 'wrong' });
  await expect(asked).rejects.toMatchObject({ code: 'refused', retryable: false });
});

test("another cluster's scheduler is not believed, nor told the token", async () => {
  const { authority } = await secrets();
  door.asked.splice(0);
  const asked = admin.status({ ...address, ca: authority['ca.crt'] ?? '' });
  await expect(asked).rejects.toMatchObject({ code: 'unreachable' });
  expect(door.asked).toEqual([]);
});

test.each<[string, (typeof door.misdeeds)[number], string]>([
  ['closes the connection', (_, request) => request.socket.destroy(), 'unreachable'],
  ['fails', (response) => void response.writeHead(500).end('out of order'), 'bad-answer'],
  ['answers with something else', (response) => void response.end('{"clients":-1}'), 'bad-answer'],
  ['answers with no JSON', (response) => void response.end('<html>'), 'bad-answer'],
  ['says nothing', () => {}, 'unreachable'],
])('a door that %s is an unknown scheduler', async (_what, misdeed, code) => {
  door.misdeeds.push(misdeed);
  await expect(admin.status(address)).rejects.toMatchObject({ name: 'AdminError', code, retryable: true });
});

test('whoever asked may give up', async () => {
  const stop = new AbortController();
  door.misdeeds.push(() => stop.abort(new Error('enough')));
  await expect(admin.status(address, stop.signal)).rejects.toThrow('enough');
});
