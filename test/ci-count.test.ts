import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'count-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const counted = (...reports: readonly string[]) =>
  execFileSync(process.execPath, [join(import.meta.dirname, '../.ci/count.cjs'), ...reports], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();

const report = (
  name: string,
  counts: readonly [number, number, number],
  testResults: readonly object[] = [],
) =>
  writeFileSync(
    join(folder, name),
    JSON.stringify({
      numPassedTests: counts[0],
      numFailedTests: counts[1],
      numPendingTests: counts[2],
      numTodoTests: 0,
      testResults,
    }),
  );

test('the tests of all reports are counted together', () => {
  report('unit', [5, 0, 1]);
  report('e2e', [3, 1, 2]);
  expect(counted('gate=0', 'unit=0', 'e2e=1')).toBe('tests: 8 passed, 1 failed, 3 skipped');
});

test('a file that could not be loaded is a failed test', () => {
  report('unit', [5, 0, 0], [{ status: 'failed', assertionResults: [] }]);
  expect(counted('unit=1')).toBe('tests: 5 passed, 1 failed, 0 skipped');
});

test('a run that failed without a failed test is one', () => {
  report('unit', [5, 0, 0]);
  expect(counted('gate=2', 'unit=0', 'never-written=1')).toBe('tests: 5 passed, 2 failed, 0 skipped');
});

describe('a test file that V8 ended', () => {
  const file = (name: string, status: string, ...tests: readonly string[]) => ({
    name: join(folder, name),
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  });
  const ended = () =>
    execFileSync(process.execPath, [join(import.meta.dirname, '../.ci/ended.cjs'), 'unit', 'log'], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
  const log = (text: string) => writeFileSync(join(folder, 'log'), text);
  const files = () => [
    file('a.test.ts', 'passed', 'passed', 'skipped'),
    file('b.test.ts', 'failed', 'passed', 'skipped', 'pending', 'pending'),
  ];
  const CHECK = '# Check failed: jit_page.has_value().';

  test('is named, and no longer in the report', () => {
    report('unit', [2, 0, 2], files());
    log(`…\n${CHECK}\n`);
    expect(ended()).toBe('b.test.ts');
    expect(counted('unit=0')).toBe('tests: 1 passed, 0 failed, 1 skipped');
    expect(JSON.parse(readFileSync(join(folder, 'unit'), 'utf8')).testResults).toHaveLength(1);
  });

  test.each([
    ['where V8 said nothing', [2, 0, 2], 'Segmentation fault'],
    ['where a test failed', [2, 1, 2], CHECK],
  ] as const)('is not named %s', (_, counts, text) => {
    report('unit', counts, files());
    log(text);
    expect(ended()).toBe('');
    expect(counted('unit=1')).toBe(`tests: 2 passed, ${counts[1] || 1} failed, 2 skipped`);
  });

  test('is not named where there is no report', () => {
    log(CHECK);
    expect(ended()).toBe('');
  });
});
