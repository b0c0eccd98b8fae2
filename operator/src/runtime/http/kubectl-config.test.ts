import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { kubectlConfig } from './kubectl-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'taskloom-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Context {
  readonly server: string;
  readonly token?: string;
  readonly namespace?: string;
}

/** A kubeconfig whose contexts, clusters and users have the same names. */
function file(name: string, contexts: Record<string, Context>, current = ''): string {
  const path = join(folder, name);
  const entries = Object.entries(contexts);
  const text = stringify({
    'current-context': current,
    clusters: entries.map(([name, { server }]) => ({
      name,
      cluster: { server, 'certificate-authority': 'ca.crt' },
    })),
    users: entries.map(([name, { token }]) => ({ name, user: { token } })),
    contexts: entries.map(([name, { namespace }]) => ({
      name,
      context: { cluster: name, user: name, namespace },
    })),
  });
  writeFileSync(path, text);
  return path;
}

const one = file('one', { red: { server: 'https://red.one', token: 'r1' } });
const two = file(
  'two',
  {
    red: { server: 'https://red.two', token: 'r2' },
    blue: { server: 'https://blue.two', token: 'b2', namespace: 'team-a' },
  },
  'blue',
);
const three = file('three', { green: { server: 'https://green.three' } }, 'green');

const together = (...files: readonly string[]) => ({ KUBECONFIG: files.join(delimiter), HOME: folder });

test('of several files the first says what several say', () => {
  const config = kubectlConfig({}, together(one, two, three));
  expect(config?.getCurrentContext()).toBe('blue');
  expect(config?.getCurrentCluster()?.server).toBe('https://blue.two');
  expect(config?.getContextObject('blue')?.namespace).toBe('team-a');
  expect(config?.getCluster('red')?.server).toBe('https://red.one');
  expect(config?.getUser('red')?.token).toBe('r1');
});

test('a file that is named and not there is passed over', () => {
  expect(kubectlConfig({}, together(join(folder, 'none'), three))?.getCurrentContext()).toBe('green');
});

test('paths in a file are relative to it', () => {
  expect(kubectlConfig({ file: three })?.getCurrentCluster()?.caFile).toBe(join(folder, 'ca.crt'));
});

test('another context can be chosen', () => {
  const config = kubectlConfig({ context: 'red' }, together(two));
  expect(config?.getCurrentCluster()?.server).toBe('https://red.two');
});

test('without KUBECONFIG it is ~/.kube/config, and nothing when that is not there', async () => {
  expect(kubectlConfig({}, { HOME: folder })).toBeUndefined();
  await mkdir(join(folder, '.kube'));
  file('.kube/config', { home: { server: 'https://home' } }, 'home');
  expect(kubectlConfig({}, { HOME: folder })?.getCurrentCluster()?.server).toBe('https://home');
});

test('what is wrong is said with the file and what there is', () => {
  const broken = join(folder, 'broken');
  writeFileSync(broken, '{ no yaml');
  expect(() => kubectlConfig({ file: broken })).toThrow(`the kubeconfig ${broken} cannot be read`);
  expect(() => kubectlConfig({ file: join(folder, 'none') })).toThrow('ENOENT');
  expect(() => kubectlConfig({ context: 'pink' }, together(two))).toThrow(
    'has no context "pink" with a cluster; there are red, blue',
  );
  expect(() => kubectlConfig({}, together(one))).toThrow('no context is chosen in');
});
