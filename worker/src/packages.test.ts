import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packagesFrom } from './packages.ts';

const root = mkdtempSync(join(tmpdir(), 'taskloom-packages-'));
afterAll(() => rmSync(root, { recursive: true }));

function put(folder: string, manifest: string): void {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, 'package.json'), manifest);
}

test('what an image has is what code in its working directory finds', async () => {
  put('node_modules/above', '{"version":"1.0.0"}');
  put('node_modules/both', '{"version":"1.0.0"}');
  put('app/node_modules/both', '{"version":"2.0.0"}');
  put('app/node_modules/@scope/inner', '{"version":"0.3.0"}');
  put('app/node_modules/both/node_modules/deeper', '{"version":"9.0.0"}');
  put('app/node_modules/.bin', '{"version":"1.0.0"}');
  put('app/node_modules/nameless', '{}');
  put('app/node_modules/broken', '{');
  expect(await packagesFrom(join(root, 'app'))).toEqual({
    above: '1.0.0',
    both: '2.0.0',
    '@scope/inner': '0.3.0',
  });
});

test('a folder without packages has none', async () => {
  expect(await packagesFrom(join(root, 'app/node_modules/broken'))).not.toHaveProperty('broken/broken');
  expect(await packagesFrom('/')).toEqual({});
});
