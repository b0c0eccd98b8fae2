import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { type Contents, type Present, type SecretRole, wanted } from './contents.ts';
import { Issuer } from './issuer.ts';

const issuer = new Issuer();
afterAll(() => issuer.close());

const NOW = Date.UTC(2026, 10, 24);
const DAY = 86_400_000;
const NOTHING: Present = { authority: undefined, scheduler: undefined, worker: undefined, client: undefined };

const at = (present: Present, now = NOW) => wanted(present, issuer.issuing('malaria', now), now);

const first = await at(NOTHING);
const isSame = (present: Contents, want: Contents) =>
  Object.entries(want).every(([name, text]) => present[name] === text);
const changed = (before: Record<SecretRole, Contents>, after: Record<SecretRole, Contents>) =>
  (Object.keys(after) as SecretRole[]).filter((role) => !isSame(before[role], after[role]));

test('from nothing: an authority, a certificate for each role, tokens that belong together', () => {
  const names = Object.fromEntries(Object.entries(first).map(([role, texts]) => [role, Object.keys(texts)]));
  expect(names).toEqual({
    authority: ['ca.crt', 'ca.key'],
    scheduler: ['tls.crt', 'tls.key', 'ca.crt', 'client-token', 'worker-token', 'admin-token'],
    worker: ['tls.crt', 'tls.key', 'ca.crt', 'worker-token'],
    client: ['ca.crt', 'token'],
  });
  expect(first.worker['worker-token']).toBe(first.scheduler['worker-token']);
  expect(first.client.token).toBe(first.scheduler['client-token']);
  const tokens = ['client-token', 'worker-token', 'admin-token'].map((name) => first.scheduler[name]);
  expect(new Set(tokens).size).toBe(3);
});

test('what is good stays as it is', async () => {
  expect(changed(first, await at(first))).toEqual([]);
  expect(changed(first, await at(first, NOW + 59 * DAY))).toEqual([]);
});

test('leaves are renewed after 60 of their 90 days, the authority stays', async () => {
  const later = await at(first, NOW + 60.1 * DAY);
  expect(changed(first, later)).toEqual(['scheduler', 'worker']);
  const leaf = new X509Certificate(later.scheduler['tls.crt'] ?? '');
  expect(Date.parse(leaf.validTo)).toBe(NOW + 150.1 * DAY);
  expect(later.scheduler['admin-token']).toBe(first.scheduler['admin-token']);
});

test('an authority that is renewed keeps the old one in the bundle until nobody shows its certificates', async () => {
  const later = await at(first, NOW + 3_300 * DAY);
  expect(changed(first, later)).toEqual(['authority', 'scheduler', 'worker', 'client']);
  expect(later.client['ca.crt']?.endsWith(first.client['ca.crt'] ?? 'none')).toBe(true);
  expect(changed(later, await at(later, NOW + 3_300 * DAY))).toEqual([]);
});

describe('what is lost or spoilt is made again, and nothing else', () => {
  test.each<[string, Partial<Record<SecretRole, Contents | undefined>>, SecretRole[]]>([
    ['the client Secret', { client: undefined }, []],
    ['the worker Secret', { worker: undefined }, ['worker']],
    ['a token in one of two places', { client: { ...first.client, token: 'x' } }, []],
    ['a certificate', { scheduler: { ...first.scheduler, 'tls.crt': 'x' } }, ['scheduler']],
    ['a key', { worker: { ...first.worker, 'tls.key': first.scheduler['tls.key'] ?? '' } }, ['worker']],
    [
      'a certificate of another role',
      { worker: { ...first.worker, ...leafOf(first.scheduler) } },
      ['worker'],
    ],
    ['a bundle', { client: { ...first.client, 'ca.crt': '' } }, []],
  ])('%s', async (_what, spoilt, roles) => {
    expect(changed(first, await at({ ...first, ...spoilt }))).toEqual(roles);
  });

  test('a scheduler Secret that is gone gets the tokens that others hold', async () => {
    const again = await at({ ...first, scheduler: undefined });
    expect(again.scheduler['client-token']).toBe(first.scheduler['client-token']);
    expect(again.scheduler['worker-token']).toBe(first.scheduler['worker-token']);
    expect(again.scheduler['admin-token']).not.toBe(first.scheduler['admin-token']);
  });

  test('an authority that is gone: all certificates anew', async () => {
    const again = await at({ ...first, authority: undefined });
    expect(changed(first, again)).toEqual(['authority', 'scheduler', 'worker', 'client']);
    expect(again.client.token).toBe(first.client.token);
  });
});

test('a server that shows the certificate is believed under its name by who has the bundle, and under no other', async () => {
  const { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca } = (await at(NOTHING, Date.now())).scheduler;
  const server = createServer({ cert, key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const dial = (servername: string, trusted = ca) =>
    new Promise<string>((resolve) => {
      const options = { port, host: '127.0.0.1', servername, ...(trusted ? { ca: trusted } : {}) };
      const socket = connect(options, () => resolve('believed'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
      socket.on('close', () => socket.destroy());
    });
  expect(await dial('scheduler.taskloom.dev')).toBe('believed');
  expect(await dial('worker.taskloom.dev')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await dial('scheduler.taskloom.dev', first.client['ca.crt'])).not.toBe('believed');
  server.closeAllConnections();
  server.close();
});

const leafOf = ({ 'tls.crt': cert = '', 'tls.key': key = '' }: Contents) => ({
  'tls.crt': cert,
  'tls.key': key,
});
