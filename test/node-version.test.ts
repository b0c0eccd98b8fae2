import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const guard = join(root, 'protocol/node-version.cjs');

/** Runs the guard in a Node that says it is of this version. */
function runAs(version: string, ...args: string[]) {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const script = `${pretend} process.argv[1] = ${JSON.stringify(guard)}; require(${JSON.stringify(guard)}); console.log('went on')`;
  return spawnSync(process.execPath, ['--eval', script, '--', ...args], { encoding: 'utf8' });
}

test.each(['18.20.4', '20.20.2', '22.18.9', '22.9.0'])(
  'Node %s is told what is needed, in one line',
  (version) => {
    const { status, stdout, stderr } = runAs(version);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(`needs Node 22.19 or newer`);
    expect(stderr).toContain(version);
    expect(stderr).toContain('https://nodejs.org');
  },
);

test.each(['22.19.0', '22.20.1', '24.0.0', '100.1.0'])('Node %s goes on', (version) => {
  expect(runAs(version).stdout).toBe('went on\n');
});

test('installing needs less than running', () => {
  const ask = (version: string) => spawnSync(process.execPath, [guard, version], { encoding: 'utf8' });
  expect(ask('20').status).toBe(0);
  expect(ask('999').status).toBe(1);
  expect(ask('999').stderr).toContain('needs Node 999');
});

test('every package asks for the Node that the guard asks for', () => {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const engines = workspaces.map(
    (name: string) => JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')).engines.node,
  );
  expect(new Set(engines)).toEqual(new Set(['>=22.19']));
});
