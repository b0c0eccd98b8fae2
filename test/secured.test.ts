/** Scheduler and workers with certificates and tokens as the operator issues them: who is let in, and what happens when they change. */
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import { dialSocket, introduce } from '@taskloom/protocol/connection';
import { SERVER_NAMES, SecretFiles, SecretsError } from '@taskloom/protocol/pod';
import { type RunningScheduler, startScheduler } from '@taskloom/scheduler';
import { type RunningWorker, startWorker } from '@taskloom/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../client/src/client.ts';
import { openSession } from '../client/src/connect.ts';
import { Keys } from '../client/src/keys.ts';
import { SERVER_NAMES as OPERATORS } from '../operator/src/crd/names.ts';
import { Issued, Mount } from './certificates.ts';

const TOKENS = {
  'client-token': 'of clients',
  'worker-token': 'of workers',
  'admin-token': 'of the operator',
};

const ours = await Issued.make('ours');
const theirs = await Issued.make('theirs');
const mounts = { scheduler: new Mount(), worker: new Mount() };
let secrets: SecretFiles[] = [];
let scheduler: RunningScheduler;
let workers: RunningWorker[];

const trust = (issued = ours, role: 'scheduler' | 'worker' = 'scheduler') => ({
  ca: issued.authority.certificate,
  servername: SERVER_NAMES[role],
});
const files = (mount: Mount) => {
  const opened = new SecretFiles(mount.path);
  secrets = [...secrets, opened];
  return opened;
};
const dial = async (token: string, tls = trust()) => {
  const connection = await dialSocket(scheduler.address, { tls });
  return { connection, ...(await introduce(connection, { role: 'client', token })) };
};

beforeAll(async () => {
  mounts.scheduler.write(await ours.files('scheduler', TOKENS));
  mounts.worker.write(await ours.files('worker', { 'worker-token': 'of workers' }));
  scheduler = await startScheduler({ secrets: files(mounts.scheduler) });
  const options = { address: scheduler.address, threads: 1, secrets: files(mounts.worker) };
  workers = await Promise.all(['w1', 'w2'].map((name) => startWorker({ ...options, name })));
});

afterAll(async () => {
  for (const worker of workers) await worker.close();
  await scheduler.close();
  for (const opened of secrets) opened.close();
  for (const mount of Object.values(mounts)) mount.remove();
});

test('what the operator writes into certificates is what is dialled', () => {
  expect(SERVER_NAMES).toEqual(OPERATORS);
});

test('work runs, and large values come to the client and from worker to worker', async () => {
  const ca = ours.authority.certificate;
  const door = dialSocket(scheduler.address, { tls: trust() }).then((connection) => ({
    ...{ connection, token: 'of clients', ca },
  }));
  const session = openSession(scheduler.address, door, {});
  await using client = new Client({ session, keys: new Keys(), closing: async () => {} });
  const large = client.with({ workers: ['w1'] }).submit(() => new Uint8Array(3_000_000).fill(7));
  const moved = client.with({ workers: ['w2'] }).submit((bytes: Uint8Array) => bytes[2_999_999], large);
  expect(await moved).toBe(7);
  expect((await large).length).toBe(3_000_000);
  const [scattered] = client.scatter([new Uint8Array(200_000).fill(5)]);
  expect(await client.submit((bytes: Uint8Array) => bytes[199_999], scattered!)).toBe(5);
});

describe('is refused:', () => {
  const isRefused = async (tls: Parameters<typeof dial>[1], why: RegExp, token = 'of clients') =>
    await expect(dial(token, tls)).rejects.toThrow(why);

  test('a wrong token', () => isRefused(trust(), /token/, 'guess'));
  test("another role's token", () => isRefused(trust(), /token/, 'of workers'));
  test("another cluster's certificate", () =>
    isRefused(trust(theirs), /self-signed|unable to verify|issuer/i));
  test('a certificate of another role', () => isRefused(trust(ours, 'worker'), /altname|does not match/i));

  test('who speaks no TLS, by the scheduler', async () => {
    const plain = scheduler.address.replace('wss:', 'ws:');
    await expect(dialSocket(plain)).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('who speaks no TLS, by the data door of a worker', async () => {
    const { hostname, port } = new URL(workers[0]!.address);
    const socket = connectPlain(Number(port), hostname);
    let said = '';
    socket.on('data', (data) => {
      said += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.write('GET /data/1/0 HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(said).not.toContain('HTTP');
  });

  test('who has no data token, by the data door of a worker', async () => {
    const { hostname, port } = new URL(workers[0]!.address);
    const socket = connect({ host: hostname, port: Number(port), ...trust(ours, 'worker') });
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write('GET /data/1/0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer guess\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 401/);
    socket.destroy();
  });

  test('a worker that finds another cluster at the address', async () => {
    const mount = new Mount().write(await theirs.files('worker', { 'worker-token': 'of workers' }));
    await expect(
      startWorker({ address: scheduler.address, threads: 1, secrets: files(mount) }),
    ).rejects.toMatchObject({ code: 'unreachable' });
    mount.remove();
  });
});

describe('mounted files', () => {
  test('that change are shown to who comes next, and the token they replace is taken a while longer', async () => {
    const mount = new Mount().write(await ours.files('scheduler', TOKENS));
    let now = 0;
    const changing = new SecretFiles(mount.path, () => now);
    const its = await startScheduler({ secrets: changing });
    const enter = async (token: string, issued = ours) => {
      const connection = await dialSocket(its.address, { tls: trust(issued) });
      return introduce(connection, { role: 'client', token });
    };
    await enter('of clients');
    mount.write(await theirs.files('scheduler', { ...TOKENS, 'client-token': 'newer' }));
    changing.look();
    await expect(enter('newer')).rejects.toMatchObject({ code: 'unreachable' });
    await enter('newer', theirs);
    await enter('of clients', theirs);
    now += 300_001;
    await expect(enter('of clients', theirs)).rejects.toMatchObject({ code: 'wrong-token' });
    await its.close();
    changing.close();
    mount.remove();
  });

  test('that do not belong together leave everything as it was', async () => {
    const mount = new Mount().write(await ours.files('scheduler', TOKENS));
    const kept = files(mount);
    const before = kept.certificates.cert;
    const other = await ours.files('scheduler', TOKENS);
    mount.write({ ...other, 'tls.key': (await theirs.files('scheduler', TOKENS))['tls.key'] });
    kept.look();
    expect(kept.certificates.cert).toBe(before);
    mount.write(other);
    kept.look();
    expect(kept.certificates.cert).toBe(other['tls.crt']);
    mount.remove();
  });

  test('that are missing are named', () => {
    expect(() => new SecretFiles('/nowhere')).toThrow(SecretsError);
    expect(() => new SecretFiles('/nowhere')).toThrow(
      '/nowhere/tls.crt cannot be read: is the Secret mounted',
    );
  });
});
