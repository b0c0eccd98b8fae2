import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

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
