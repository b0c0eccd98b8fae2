import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Contender } from './table.ts';
import { cause, visit } from './visit.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function contender(source: string): Contender {
  const file = join(folder, `contender-${files++}.mjs`);
  writeFileSync(file, source);
  return { name: 'x', title: 'X', language: 'node', file, mode: 'm', plans: {} };
}

const ask = (source: string, limitMs = 20_000) =>
  visit({ contender: contender(source), work: 'map', plan: { size: 7 } }, '', limitMs);

const FIGURE = `console.log(JSON.stringify({ metric: 'map.rate', value: 3 }));`;
const figure = { kind: 'figure', metric: 'map.rate', value: 3 };

describe('a visit', () => {
  it('hears what the contender measured, and nothing else', async () => {
    const report = await ask(`console.log('by the way'); ${FIGURE}`);
    expect(report.lines).toEqual([figure]);
    expect(report.failure).toBeUndefined();
  });

  it('asks for the mode, the work and the size', async () => {
    const report = await ask(
      `console.log(JSON.stringify({ about: { asked: process.argv.slice(2).join(' ') } }))`,
    );
    expect(report.lines).toEqual([{ kind: 'about', versions: { asked: '--mode m --work map --size 7' } }]);
  });

  it('keeps the figures of a contender that failed, with the cause', async () => {
    const report = await ask(`${FIGURE} throw new TypeError('no such thing');`);
    expect(report).toMatchObject({ lines: [figure], failure: 'ended with 1: TypeError: no such thing' });
  });

  it('ends a contender that hangs, with what it started', async () => {
    const report = await ask(
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
       ${FIGURE} setInterval(() => {}, 1000);`,
      500,
    );
    expect(report).toMatchObject({ failure: 'did not finish within 0.5 s' });
  });

  it('has memory touched for a contender that asks for it, which waits meanwhile', async () => {
    const report = await ask(
      `import { readSync } from 'node:fs';
       console.log(JSON.stringify({ wants: 'memory' }));
       if (readSync(0, Buffer.alloc(1)) === 1) ${FIGURE}`,
    );
    expect(report.lines).toEqual([figure]);
  });

  it('says so when the command is not there', async () => {
    const missing: Contender = { ...contender(''), language: 'python' };
    const report = await visit(
      { contender: missing, work: 'map', plan: { size: 1 } },
      join(folder, 'none'),
      5000,
    );
    expect(report.failure).toContain('ENOENT');
  });
});

it('finds the cause in what was complained', () => {
  expect(cause('Traceback:\n  File x\nRuntimeError: no port\n\n')).toBe('RuntimeError: no port');
  expect(cause('SyntaxError: bad\n    at x\n\nNode.js v24')).toBe('SyntaxError: bad');
  expect(cause('Killed\n')).toBe('Killed');
  expect(cause('')).toBe('it said nothing');
});
