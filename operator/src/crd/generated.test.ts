import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generated } from './generated.ts';

const root = join(import.meta.dirname, '../../..');
const files = Object.entries(generated());

test.each(files)('%s is what the schema says; `npm run generate` writes it anew', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});

test('the CustomResourceDefinition is small enough for kubectl apply, by far', () => {
  const [, crd] = files[0]!;
  expect(Buffer.byteLength(crd)).toBeLessThan(60 * 1024);
});
