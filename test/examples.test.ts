import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const LIMIT_MS = 120_000;

function run(name: string): string {
  const main = join(root, 'examples', name, 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=taskloom-source', main], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

test('score-grid loads each file once, and scores as the sequential loop does', { timeout: LIMIT_MS }, () => {
  const said = run('score-grid');
  expect(said).toContain('5 files, each loaded once: load ran 5 times');
  expect(said).toContain('120 scores, the same as');
  expect(said.match(/best R2 0\.\d+/g)).toHaveLength(5);
  expect(Number(said.match(/([\d.]+) times as fast/)?.[1])).toBeGreaterThan(0);
});

test('pi grows to the same estimate each time', { timeout: LIMIT_MS }, () => {
  const said = run('pi').trim().split('\n');
  expect(said.length).toBeGreaterThan(1);
  const [, estimate, error] = said.at(-1)?.match(/pi = ([\d.]+) \+- ([\d.]+)/) ?? [];
  expect(Number(error)).toBeLessThanOrEqual(2e-4);
  expect(Math.abs(Number(estimate) - Math.PI)).toBeLessThan(4 * Number(error));
});

test('malaria dies out below an R0 of 1, stays above it, and is drawn', { timeout: LIMIT_MS }, () => {
  const drawing = join(root, 'examples/malaria/out/prevalence.svg');
  rmSync(drawing, { force: true });
  const rows = [...run('malaria').matchAll(/R0 ([\d.]+): prevalence ([\d.]+), the equations say ([\d.]+)/g)];
  expect(rows).toHaveLength(16);
  for (const [, r0, found, expected] of rows) {
    const distance = Math.abs(Number(found) - Number(expected));
    if (Number(r0) < 1) expect(Number(found)).toBeLessThan(0.01);
    if (Number(r0) > 3) expect(distance).toBeLessThan(0.05);
  }
  expect(readFileSync(drawing, 'utf8').match(/<circle/g)).toHaveLength(16);
});

test('every example has a page and is run here', () => {
  const names = readdirSync(join(root, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const tests = readFileSync(import.meta.filename, 'utf8');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const name of names) {
    expect(existsSync(join(root, 'examples', name, 'README.md')), name).toBe(true);
    if (existsSync(join(root, 'examples', name, 'main.ts'))) expect(tests).toContain(`run('${name}')`);
    expect(readme).toContain(`examples/${name}`);
  }
});
