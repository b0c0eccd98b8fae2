import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ControlMessage, HOT } from '@taskloom/protocol';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What is in the repository or about to be. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const sources = files.filter((path) => /\.(ts|cts|mts|cjs|py)$/.test(path));
const isTest = (path: string) => /[.-](test|contract|arbitrary)\.ts$|(^|\/)(test|testing)\//.test(path);

test('a source has at most 400 lines, a test 600', () => {
  const long = sources.filter((path) => read(path).split('\n').length - 1 > (isTest(path) ? 600 : 400));
  expect(long).toEqual([]);
});

test('no file is named after nothing in particular', () => {
  const vague = /^(utils?|common|helpers?|misc|stuff)\b/;
  expect(files.filter((path) => path.split('/').some((part) => vague.test(part)))).toEqual([]);
});

test('nothing is left for later in a comment', () => {
  const left = new RegExp(`\\b(${['TO', 'FIX'].map((word, i) => word + ['DO', 'ME'][i]).join('|')})\\b`);
  expect(sources.filter((path) => left.test(read(path)))).toEqual([]);
});

test('no test is skipped or runs alone', () => {
  const held = /\b(test|it|describe)\.(only|skip|todo)\(/;
  expect(sources.filter((path) => isTest(path) && held.test(read(path)))).toEqual([]);
});

test('no lock file names where packages were fetched from', () => {
  const locks = files.filter((path) => /lock\.|requirements.*\.txt$/.test(basename(path)));
  expect(locks).toContain('package-lock.json');
  const fetched = /"resolved": "https?:|(index|find)-(url|links)|https?:\/\/[^"\s]*(registry|mirror|pypi)/;
  expect(locks.filter((path) => fetched.test(read(path)))).toEqual([]);
});

test('the lock file has the packages of every platform, so that `npm ci` works on each', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(packages).flatMap(
    ([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
  );
  expect(missing).toEqual([]);
});

test('every package that wants to run a script while installing is listed with what happens without it', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const wanting = Object.keys(packages)
    .filter((path) => packages[path].hasInstallScript)
    .map((path) => path.replace(/^.*node_modules\//, ''));
  const section = read('docs/dependencies.md').split('## Install scripts')[1]?.split('\n## ')[0] ?? '';
  const listed = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  expect([...new Set(wanting)].sort()).toEqual(listed.sort());
  expect(read('.npmrc')).toContain('ignore-scripts=true');
});

test('every dependency has its reason', () => {
  const manifests = files
    .filter((path) => basename(path) === 'package.json')
    .map((path) => JSON.parse(read(path)));
  const names = manifests.flatMap((manifest) => [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
  ]);
  const reasons = read('docs/dependencies.md');
  const missing = names.filter((name) => !name.startsWith('@taskloom/') && !reasons.includes(`\`${name}\``));
  expect([...new Set(missing)]).toEqual([]);
});

test('every message is spoken of in a test', () => {
  const spoken = files.filter(isTest).map(read).join('\n');
  const ops = [
    ...HOT.map((spec) => spec.op),
    ...ControlMessage.def.options.flatMap(({ shape }) => shape.op.def.values),
  ];
  expect(ops.length).toBeGreaterThan(25);
  expect(ops.filter((op) => !spoken.includes(`'${op}'`))).toEqual([]);
});
