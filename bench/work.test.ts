import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { idealSeconds, kernel } from './work.ts';

const python = spawnSync('python3', ['--version']).status === 0;

it.runIf(python)('the fixed work is the same steps in both languages', () => {
  const folder = fileURLToPath(new URL('./contenders/python', import.meta.url));
  const program = 'from kernel import kernel; print([kernel(n) for n in (0, 1, 2, 1000)])';
  const said = execFileSync('python3', ['-B', '-c', program], { cwd: folder, encoding: 'utf8' });
  expect([0, 1, 2, 1000].map(kernel)).toEqual(JSON.parse(said));
});

it('the measured ideal is the time of the longest share', async () => {
  expect(await idealSeconds(1000, 40)).toBeGreaterThan(0);
});
