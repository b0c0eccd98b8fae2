import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import { gone } from '../testing/script.ts';

vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), 'taskloom-run-'));
afterAll(() => rmSync(folder, { recursive: true }));
const commandLine = new CommandLine();
afterEach(() => commandLine.end());

/** Says all that runs beside it, waits for what never comes, and says what comes instead. */
const path = join(folder, 'waits.mjs');
writeFileSync(
  path,
  `import { execFileSync } from 'node:child_process';
   import { Client } from '${new URL('../index.ts', import.meta.url).href}';
   const client = await Client.connect();
   const endless = client.submit(() => { for (;;); });
   await client.waitForWorkers(1);
   const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.ppid)], { encoding: 'utf8' });
   const pidOf = (program) => Number.parseInt(lines.split('\\n').find((line) => line.includes(program)), 10);
   const [scheduler, worker] = ['scheduler-main', 'worker-main'].map(pidOf);
   console.log(JSON.stringify({ scheduler, worker, script: process.pid }));
   await endless.catch((error) => console.log(error.message));`,
);

async function started() {
  const run = commandLine.start(['run', '--threads', '1', path]);
  const beside = JSON.parse(await run.line()) as { scheduler: number; worker: number; script: number };
  return { run, beside };
}

const GONE = /; the cluster that was made for this script is gone: run the script again$/;

it('the script hears at once when taskloom run is killed, and nothing stays', async () => {
  const { run, beside } = await started();
  run.child.kill('SIGKILL');
  expect(await run.line()).toMatch(GONE);
  await gone(Object.values(beside));
});

it('the script hears at once when its scheduler dies, and the run ends as the script ends', async () => {
  const { run, beside } = await started();
  const ended = run.ended();
  process.kill(beside.scheduler, 'SIGKILL');
  expect(await run.line()).toMatch(GONE);
  expect(await ended).toBe(0);
  await gone(Object.values(beside));
});
