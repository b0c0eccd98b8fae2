import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { handedIn } from './handed-in.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handed-in-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A kubeconfig of two clusters, of which the second is the current one. */
function hand(server: string): string {
  const path = join(folder, 'config');
  const text = stringify({
    'current-context': 'mine',
    contexts: [
      { name: 'other', context: { cluster: 'elsewhere' } },
      { name: 'mine', context: { cluster: 'here' } },
    ],
    clusters: [
      { name: 'elsewhere', cluster: { server: 'https://203.0.113.1:6443' } },
      { name: 'here', cluster: { server } },
    ],
  });
  writeFileSync(path, text);
  vi.stubEnv('KUBECONFIG', path);
  vi.stubEnv('TASKLOOM_TEST_CLUSTER', '');
  return path;
}

test('a cluster on this machine is taken', async () => {
  const path = hand('https://127.0.0.1:40001');
  expect(await handedIn()).toBe(path);
});

test('a cluster elsewhere is refused, since tests write to it, until it is named', async () => {
  const path = hand('https://203.0.113.7:6443');
  await expect(handedIn()).rejects.toThrow('TASKLOOM_TEST_CLUSTER=https://203.0.113.7:6443');
  vi.stubEnv('TASKLOOM_TEST_CLUSTER', 'https://203.0.113.7:6443');
  expect(await handedIn()).toBe(path);
});

test('without KUBECONFIG there is none', async () => {
  vi.stubEnv('KUBECONFIG', '');
  expect(await handedIn()).toBeUndefined();
});
