import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSION } from './version.ts';

test('the version is that of every package', () => {
  for (const name of ['protocol', 'scheduler', 'worker', 'client']) {
    const { version } = JSON.parse(
      readFileSync(new URL(`../../${name}/package.json`, import.meta.url), 'utf8'),
    );
    expect(version, name).toBe(VERSION);
  }
});
