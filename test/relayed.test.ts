/** A client with one way into the cluster, to the scheduler's port: large values come and go by it, whatever happens to them. */
import { Client, type Future } from '@taskloom/client';
import { SecretFiles } from '@taskloom/protocol/pod';
import { type RunningScheduler, startScheduler } from '@taskloom/scheduler';
import { type RunningWorker, startWorker } from '@taskloom/worker';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { Issued, Mount } from './certificates.ts';
import { Forward } from './forward.ts';

const TOKENS = { 'client-token': 'of clients', 'worker-token': 'of workers', 'admin-token': 'none' };
const LARGE = 30_000_000;

const issued = await Issued.make('lab');
const mount = { scheduler: new Mount(), worker: new Mount() };
mount.scheduler.write(await issued.files('scheduler', TOKENS));
mount.worker.write(await issued.files('worker', { 'worker-token': 'of workers' }));
const secrets = {
  scheduler: new SecretFiles(mount.scheduler.path),
  worker: new SecretFiles(mount.worker.path),
};

let scheduler: RunningScheduler;
let forward: Forward;
let client: Client;

const join = (name: string): Promise<RunningWorker> =>
  startWorker({ address: scheduler.address, threads: 1, name, secrets: secrets.worker });

beforeAll(async () => {
  scheduler = await startScheduler({ secrets: secrets.scheduler });
  const worker = await join('ada');
  return async () => {
    await worker.close();
    await scheduler.close();
  };
});

beforeEach(async () => {
  forward = await Forward.to(Number(new URL(scheduler.address).port));
  const options = { token: 'of clients', ca: issued.authority.certificate, relay: true };
  client = await Client.connect(`wss://127.0.0.1:${forward.port}`, options);
  return async () => {
    await client.close();
    forward.close();
  };
});

afterAll(() => {
  for (const files of Object.values(secrets)) files.close();
  for (const each of Object.values(mount)) each.remove();
});

const large = (workers: string[], fill = 7): Future<Uint8Array> =>
  client.with({ workers }).submit((bytes, value) => new Uint8Array(bytes).fill(value), LARGE, fill);

test('a large result comes by it', async () => {
  const bytes = await large(['ada']);
  expect([bytes.length, bytes[0], bytes[LARGE - 1]]).toEqual([LARGE, 7, 7]);
  expect(forward.brought).toBeGreaterThan(LARGE);
});

test('scattered data goes by it', async () => {
  const data = client.scatter(new Uint8Array(LARGE).fill(5));
  expect(await client.submit((bytes: Uint8Array) => bytes.length + bytes[LARGE - 1]!, data)).toBe(LARGE + 5);
  expect(forward.taken).toBeGreaterThan(LARGE);
});

test('many values share a few connections, which are used again', async () => {
  const lists = client.map(
    (i: number) => new Float64Array(20_000).fill(i),
    Array.from({ length: 60 }, (_, i) => i),
  );
  const all = await client.gather(lists);
  expect(all.map((list) => list[19_999])).toEqual(all.map((_, i) => i));
  const before = forward.lines;
  await client.gather(client.map((i: number) => new Float64Array(20_000).fill(i), [1, 2]));
  expect([before <= 5, forward.lines]).toEqual([true, before]);
});

test('a value that is cut off in the middle is asked for again', async () => {
  const value = large(['ada']);
  await client.wait([value]);
  const held = forward.holdAfter(1_000_000);
  const coming = value.result();
  await held;
  forward.cutValues();
  forward.goOn();
  expect((await coming)[LARGE - 1]).toBe(7);
});

test('data that is cut off in the middle is brought again', async () => {
  const held = forward.holdAfter(1_000_000);
  const data = client.scatter(new Uint8Array(LARGE).fill(3));
  await held;
  forward.cutValues();
  forward.goOn();
  expect(await client.submit((bytes: Uint8Array) => bytes[LARGE - 1], data)).toBe(3);
});

test('a value whose worker dies in the middle is computed again elsewhere', async () => {
  const worker = await join('bob');
  const value = large(['bob', 'charlotte'], 9);
  await client.wait([value]);
  const other = await join('charlotte');
  onTestFinished(() => other.close());
  const held = forward.holdAfter(1_000_000);
  const coming = value.result();
  await held;
  await worker.close();
  forward.goOn();
  expect((await coming)[LARGE - 1]).toBe(9);
});
