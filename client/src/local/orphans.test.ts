import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { gone } from '../testing/script.ts';

const sources = fileURLToPath(new URL('..', import.meta.url));

/** Starts a cluster, says the processes of it, then does `end`. */
const scriptThat = (end: string) => `
import { LocalCluster } from '@taskloom/client';
import { execFileSync } from 'node:child_process';
const cluster = await LocalCluster.start({ workers: 2, threads: 1 });
const busy = cluster.client().map(() => { for (;;); }, [1, 2]);
await cluster.client().waitForWorkers(2);
const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(process.pid)], { encoding: 'utf8' });
console.log(children.trim().split(/\\s+/).join(' '));
${end}
`;

it.each([
  ['is killed', 'process.kill(process.pid, "SIGKILL");'],
  ['is asked to end', 'process.kill(process.pid, "SIGTERM");'],
  ['throws', 'setImmediate(() => { throw new Error("the script fails"); });'],
  ['exits', 'process.exit(3);'],
  ['closes the cluster', 'await cluster.close();'],
])('no process stays when the script %s', async (_, end) => {
  const flags = ['--conditions=taskloom-source', '--input-type=module', '--eval', scriptThat(end)];
  const script = spawn(process.execPath, flags, { cwd: sources, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(createInterface(script.stdout), 'line')) as [string];
  const pids = line.split(' ').map(Number);
  // The scheduler, two workers, and ps itself.
  expect(pids.length).toBe(4);
  await once(script, 'exit');
  await gone(pids);
});
