import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Every one of these, alone in a core, is what the wall is there to refuse. */
const BREACHES = {
  'node-module.ts': ["import { readFileSync } from 'node:fs';", 'export const x = readFileSync;'],
  'bare-node-module.ts': ["import { readFileSync } from 'fs';", 'export const x = readFileSync;'],
  'socket.ts': ["import { WebSocket } from 'ws';", 'export const x = WebSocket;'],
  'connection.ts': [
    "import { dialSocket } from '@taskloom/protocol/connection';",
    'export const x = dialSocket;',
  ],
  'shell.ts': ["import { shell } from '../shell.ts';", 'export const x = shell;'],
  'above-shell.ts': ["import { shell } from '../../shell/loop.ts';", 'export const x = shell;'],
  'room/deeper-shell.ts': ["import { shell } from '../../loop.ts';", 'export const x = shell;'],
  'clock.ts': ['export const x = Date.now();'],
  'monotonic.ts': ['export const x = performance.now();'],
  'timer.ts': ['export const x = setTimeout(() => 1, 10);'],
  'promise.ts': ['export const x = Promise.resolve(1);'],
  'loading.ts': ["export const x = () => import('./other.ts');"],
  'async.ts': ['export async function x() { await 1; }'],
  'chance.ts': ['export const x = Math.random();'],
  'global-clock.ts': ['export const x = globalThis.Date.now();'],
  'process.ts': ['export const x = process.pid;'],
  'log.ts': ["console.log('x');", 'export {};'],
} as const;

/** What a core may do, or the wall would be refused by everyone. */
const HONEST = {
  'honest.ts': [
    "import { Limits } from '@taskloom/protocol';",
    "import { other } from './other.ts';",
    'export const x = Math.min(Limits.batchTasks, other);',
  ],
  'other.ts': ['export const other = 1;'],
  'room/inner.ts': ["import { other } from '../other.ts';", 'export const x = other;'],
} as const;

/** The errors of each file, by its path in the core. */
function lint(path: string): Map<string, string[]> {
  const { stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--reporter=json', '--max-diagnostics=none', path],
    { cwd: root, encoding: 'utf8' },
  );
  const found = new Map<string, string[]>();
  const start = stdout.indexOf('{');
  if (start < 0) throw new Error(`biome gave no report: ${stderr}`);
  for (const { category, severity, location } of JSON.parse(stdout.slice(start)).diagnostics) {
    if (severity !== 'error') continue;
    const file =
      String(location.path.file ?? location.path)
        .split('/src/core/')
        .at(-1) ?? '';
    found.set(file, [...(found.get(file) ?? []), category]);
  }
  return found;
}

let folder: string;
let found: Map<string, string[]>;

beforeAll(() => {
  // Inside the repository, where its rules hold, and in nobody's core.
  folder = mkdtempSync(join(root, 'wall-'));
  const core = join(folder, 'src/core');
  mkdirSync(join(core, 'room'), { recursive: true });
  for (const [name, lines] of Object.entries({ ...BREACHES, ...HONEST })) {
    writeFileSync(join(core, name), `${lines.join('\n')}\n`);
  }
  found = lint(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.keys(BREACHES))('a core with %s is refused', (name) => {
  expect(found.get(name) ?? []).not.toEqual([]);
});

test.each(Object.keys(HONEST))('a core with %s is fine', (name) => {
  expect(found.get(name) ?? []).toEqual([]);
});
