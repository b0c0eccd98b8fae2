import { expect, it } from 'vitest';
import { fieldOf, patchOf } from './field.ts';

const service = { spec: { selector: { app: 'a', role: 'b' }, ports: [{ port: 1 }] } };

it('finds a field by its path, and nothing where there is none', () => {
  expect(fieldOf(service, ['spec', 'selector', 'app'])).toBe('a');
  expect(fieldOf(service, ['spec', 'ports'])).toEqual([{ port: 1 }]);
  expect(fieldOf(service, ['spec', 'ports', 'port'])).toBeUndefined();
  expect(fieldOf(service, ['status', 'phase'])).toBeUndefined();
});

it('sets a field, and takes away what the new value has not', () => {
  expect(patchOf(service, ['spec', 'selector'], { app: 'c' })).toEqual({
    spec: { selector: { app: 'c', role: null } },
  });
  expect(patchOf(service, ['spec', 'ports'], [])).toEqual({ spec: { ports: [] } });
  expect(patchOf(service, ['revision'], 9)).toEqual({ revision: 9 });
});
