import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Supervised } from './supervised.ts';

let log: string;
beforeEach(() => {
  log = join(mkdtempSync(join(tmpdir(), 'supervised-')), 'log');
});
afterEach(() => rmSync(join(log, '..'), { recursive: true }));

/** Says its number and stays. */
const STAYS = 'console.log(process.pid); setInterval(() => {}, 1000)';
const pidIn = () => Number(readFileSync(log, 'utf8').split('\n')[0]);
const gone = async (pid: number) =>
  expect.poll(() => existing(pid), { timeout: 10_000, interval: 50 }).toBe(false);
const said = () => expect.poll(() => pidIn() > 0, { timeout: 10_000, interval: 50 }).toBe(true);

function existing(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Where nobody collects orphans, one that ended still has its number.
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  } catch {
    return false;
  }
}

test('a program ends when it is stopped', async () => {
  const program = new Supervised(process.execPath, ['-e', STAYS], log);
  await said();
  expect(program.running).toBe(true);
  await program.stop();
  expect(program.running).toBe(false);
  await gone(pidIn());
});

test('a program ends when the one that started it is killed', async () => {
  const start = `
    const { Supervised } = await import(${JSON.stringify(new URL('supervised.ts', import.meta.url).href)});
    new Supervised(process.execPath, ['-e', ${JSON.stringify(STAYS)}], ${JSON.stringify(log)});`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', start]);
  await said();
  expect(existing(pidIn())).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await gone(pidIn());
});

test('a program that ends by itself is known to have, with what it said', async () => {
  const program = new Supervised(
    process.execPath,
    ['-e', 'console.log("no such disk"); process.exit(3)'],
    log,
  );
  await program.exited;
  expect(program.running).toBe(false);
  expect(await program.lastWords()).toContain('no such disk');
});
