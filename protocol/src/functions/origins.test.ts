import { expect, it, vi } from 'vitest';
import type { GraphNode } from './graph.ts';
import { importedAs, type ModuleExport, madeFrom, noteImported, noteMade } from './origins.ts';

it('tells another copy of the library in this thread where something came from: a task that imports the client sends its functions on', async () => {
  const node: GraphNode = ['import', 'file:///script.ts'];
  const importing = noteMade(() => {}, node);
  const read = () => {};
  const name: ModuleExport = {
    root: 'module',
    module: { name: 'wool', version: '1.0.0', target: { specifier: 'wool' }, from: '/', esm: true },
    path: ['read'],
  };
  noteImported(read, name);

  vi.resetModules();
  const copy = await import('./origins.ts');

  expect(copy.madeFrom).not.toBe(madeFrom);
  expect(copy.madeFrom(importing)).toBe(node);
  expect(copy.importedAs(read)).toBe(name);
  expect(importedAs(read)).toBe(name);
});
