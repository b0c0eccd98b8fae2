import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Issuer } from './issuer.ts';

const NOW = Date.UTC(2026, 0, 1);

let issuer: Issuer;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  issuer = new Issuer();
});
afterEach(async () => {
  vi.useRealTimers();
  await issuer.close();
});

test('certificates are issued, and leaves are those of their authority', async () => {
  const issuing = issuer.issuing('malaria', NOW);
  const authority = await issuing.authority();
  const leaf = new X509Certificate((await issuing.leaf(authority, 'scheduler')).certificate);
  expect(leaf.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(issuing.token()).not.toBe(issuing.token());
});

test('an order that comes while the thread ends, since there was nothing to issue, has a thread of its own', async () => {
  await issuer.issuing('malaria', NOW).authority();
  vi.advanceTimersByTime(10_000);
  const { certificate } = await issuer.issuing('dengue', NOW).authority();
  expect(new X509Certificate(certificate).ca).toBe(true);
});

test('orders at once are all answered', async () => {
  const issuing = issuer.issuing('malaria', NOW);
  const authority = await issuing.authority();
  const leaves = await Promise.all([issuing.leaf(authority, 'scheduler'), issuing.leaf(authority, 'worker')]);
  expect(new Set(leaves.map(({ certificate }) => certificate)).size).toBe(2);
});
