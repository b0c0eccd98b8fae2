import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const guard = join(root, 'protocol/node-version.cjs');

/** Nothing but a `node` that says it is an old one: who asks for anything else before it has asked that fails at it. */
const path = mkdtempSync(join(tmpdir(), 'taskloom-old-node-'));
afterAll(() => rmSync(path, { recursive: true }));
const old = join(path, 'node');
const pretend = join(path, 'pretend.cjs');
writeFileSync(pretend, "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });");
writeFileSync(old, `#!/bin/sh\nexec '${process.execPath}' --require '${pretend}' "$@"\n`, { mode: 0o755 });

const ONE_LINE = /^Taskloom needs Node 22\.19 or newer; .* is 20\.20\.2\. Install a newer one: .*\n$/;

/** Runs the guard in a Node that says it is of this version. */
function runAs(version: string, ...args: string[]) {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const script = `${pretend} require(${JSON.stringify(guard)}); console.log('went on')`;
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

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

test.each(Object.keys(scripts))('npm run %s says at once that the Node is too old', (name) => {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', scripts[name] as string], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: path },
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(ONE_LINE),
  });
});

const SOURCE = '--conditions=taskloom-source';
const importOf = (name: string): [string, string[]] => [
  `import '${name}'`,
  [SOURCE, '--input-type=module', '--eval', `await import('${name}');`],
];

test.each([
  ['taskloom', [SOURCE, join(root, 'client/bin/taskloom.cjs'), '--version']] as [string, string[]],
  importOf('@taskloom/client'),
  importOf('@taskloom/client/kubernetes'),
])('%s says at once that the Node is too old', (_, args) => {
  const { status, stdout, stderr } = spawnSync(old, args, { cwd: join(root, 'client'), encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(ONE_LINE),
  });
});

test('a program that is made one file with the client is asked as well, and its arguments are its own', async () => {
  const bundle = await rolldown({ input: guard, platform: 'node' });
  const file = join(path, 'program.mjs');
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  const run = (node: string) => spawnSync(node, [file, '999'], { encoding: 'utf8' });
  expect(run(process.execPath)).toMatchObject({ status: 0, stderr: '' });
  expect(run(old)).toMatchObject({ status: 1, stderr: expect.stringMatching(ONE_LINE) });
});

/** Exports of Node that came after 18. A program may name them that is started behind the guard. */
const LATE =
  /^import \{[^}]*\b(hash|enableCompileCache|registerHooks|stripTypeScriptTypes|styleText|getCallSites)\b/m;
const BEHIND_THE_GUARD = /^client\/src\/(cli\/main|local\/(scheduler|worker)-main)\.ts$/;

test('nothing that is imported with the guard names what an older Node lacks: it would fail at that, before any code runs', () => {
  const sources = globSync('{protocol,scheduler,worker,client}/src/**/*.ts', { cwd: root });
  expect(sources.length).toBeGreaterThan(100);
  const late = sources.filter((file) => LATE.test(readFileSync(join(root, file), 'utf8')));
  expect(late.filter((file) => !file.includes('test') && !BEHIND_THE_GUARD.test(file))).toEqual([]);
});
