import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/ARCHITECTURE.md',
  'docs/client.md',
  'docs/dependencies.md',
  'docs/kubernetes.md',
];
const read = (page: string) => readFileSync(join(root, page), 'utf8');

let folder: string;
beforeAll(() => {
  // Inside the repository, where the packages are found.
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache/pages-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = PAGES.flatMap((page) =>
  [...read(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match, i) => ({
    name: `${page}, block ${i + 1}`,
    code: match[1] ?? '',
  })),
);

test('there are scripts on the pages', () => expect(blocks.length).toBeGreaterThan(0));

describe('a script on a page runs and prints what it says it does:', () => {
  test.each(blocks)('$name', { timeout: 60_000 }, ({ code }) => {
    const file = join(folder, 'script.ts');
    writeFileSync(file, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=taskloom-source', file], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(status, stderr).toBe(0);
    // Behind console.log, or in a row of its own where something else prints.
    const promised = [...code.matchAll(/(?:console\.log\(.*\); |^)\/\/ (.*)$/gm)].map((match) => match[1]);
    expect(promised.length).toBeGreaterThan(0);
    expect(stdout.trim().split('\n')).toEqual(promised);
  });
});

test('the scripts on the pages are right in the eyes of the compiler', { timeout: 60_000 }, () => {
  const scripts = join(folder, 'typed');
  mkdirSync(scripts);
  for (const [i, { code }] of blocks.entries()) writeFileSync(join(scripts, `${i}.ts`), code);
  const settings = { extends: join(root, 'tsconfig.check.json'), include: ['*.ts'] };
  writeFileSync(join(scripts, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { stdout } = spawnSync(tsc, ['-p', scripts, '--listFilesOnly'], { encoding: 'utf8' });
  expect(stdout.split('\n').filter((file) => file.startsWith(scripts))).toHaveLength(blocks.length);
  const { status, stdout: errors } = spawnSync(tsc, ['-p', scripts], { encoding: 'utf8' });
  expect(errors).toBe('');
  expect(status).toBe(0);
});

describe('a command line on a page is understood:', () => {
  const lines = PAGES.flatMap((page) => [...read(page).matchAll(/^npx taskloom (\w+)(.*?)(?: +#.*)?$/gm)]);

  test.each(lines.map(([line, command, rest]) => ({ line, command, rest })))('$line', ({ command, rest }) => {
    const bin = join(root, 'client/bin/taskloom.cjs');
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--conditions=taskloom-source', bin, command ?? '', '--help'],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    const flags = [...(rest ?? '').matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
    expect(flags.filter((flag) => !stdout.includes(`${flag} `))).toEqual([]);
  });

  test('there are some', () => expect(lines.length).toBeGreaterThan(2));
});

/** As links name them. */
const headingsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('a table on a page has a head, and nothing cuts it in two:', () => {
  test.each(PAGES)('%s', (page) => {
    const tables = [...read(page).matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.split('\n'));
    expect(tables.filter(([, rule = '']) => !/^\|[\s|:-]+\|$/.test(rule))).toEqual([]);
  });
});

describe('a page leads somewhere:', () => {
  test.each(PAGES)('%s', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  test.each(PAGES)('%s, to headings that are there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const missing = links.filter(([, to, heading]) => {
      const there = to ? join(dirname(page), to) : page;
      return !headingsOf(there).includes(heading ?? '');
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  test('every command it names exists', () => {
    const makefile = read('Makefile');
    const { scripts } = JSON.parse(read('package.json'));
    const text = PAGES.map(read).join('\n');
    const targets = [...text.matchAll(/(?:`|^)make ([a-z-]+)/gm)].map((match) => match[1] ?? '');
    expect(targets).toContain('demo');
    expect(targets.filter((target) => !new RegExp(`^${target}:`, 'm').test(makefile))).toEqual([]);
    const runs = [...text.matchAll(/npm run (?:--silent )?([a-z0-9:-]+)/g)].map((match) => match[1] ?? '');
    expect(runs.filter((name) => !(name in scripts))).toEqual([]);
  });
});
