/** Scripts that forget to close what they opened: they end by themselves, but not while they wait for anything. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import { CHILDREN, gone, runScript } from '../testing/script.ts';

vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), 'taskloom-forgotten-'));
afterAll(() => rmSync(folder, { recursive: true }));
const commandLine = new CommandLine();
afterEach(() => commandLine.end());

/** Each of these is all that the script waits for, for longer than it takes to find nothing else to do. */
const WAITS = `
const slowly = (x) => new Promise((resolve) => setTimeout(resolve, 100, x));
const step = async (what, wait) => console.log(what, await wait());
await step('workers', async () => (await client.waitForWorkers(1)).length);
await step('future', () => client.submit(slowly, 1));
await step('result', () => client.submit(slowly, 2).result());
await step('exception', () => client.submit(slowly, 3).exception());
await step('gather', () => client.gather(client.map(slowly, [4, 5])));
await step('wait', async () => (await client.wait(client.map(slowly, [6, 7]), { until: 'first' })).done.length > 0);
await step('late', async () => (await client.wait(client.submit(slowly, 8), { timeoutMs: 1 })).notDone.length);
await step('as completed', async () => {
  const values = [];
  for await (const future of client.asCompleted(client.map(slowly, [9, 10]))) values.push(await future);
  return values.sort().join();
});
await step('progress', async () => (await client.progress(client.map(slowly, [11, 12]), { stream: { write() {} } })).ended);
await step('list', async () => (await client.map(slowly, [13, 14]).at(1)));
await step('run', async () => [...(await client.run(slowly, 15)).values()].join());
await step('explain', async () => typeof (await client.explain(client.submit(slowly, 16))));
await step('counters', async () => typeof (await client.counters()));
const large = client.submit((n) => new Promise((resolve) => setTimeout(resolve, 100, new Float64Array(n))), 1_000_000);
await step('large value', async () => (await large).length);
await step('scattered', async () => client.submit(slowly, client.scatter(new Float64Array(1_000_000))).then((x) => x.length));
await step('failed', () => client.submit(() => { throw new Error('no') }).catch((error) => error.message));
`;
const WAITED = [
  'workers 1', 'future 1', 'result 2', 'exception undefined', 'gather [ 4, 5 ]', 'wait true', 'late 1', 'as completed 10,9',
  'progress 2', 'list 14', 'run 15', 'explain string', 'counters object', 'large value 1000000', 'scattered 1000000', 'failed no',
]; // biome-ignore format: a list

describe.each([
  ['in-process', '{ inProcess: true, threads: 1 }'],
  ['of processes', '{ workers: 1, threads: 1 }'],
])('a script with a cluster %s', (mode, options) => {
  it('ends by itself behind the last thing that it waits for', async () => {
    const code = `
      import { LocalCluster } from '@taskloom/client';
      const cluster = await LocalCluster.start(${options});
      const client = cluster.client();
      ${WAITS}`;
    expect(await runScript(code)).toEqual({ code: 0, out: `${WAITED.join('\n')}\n`, err: '' });
  });

  it('ends by itself whatever runs that it does not wait for', async () => {
    const code = `
      import { LocalCluster } from '@taskloom/client';
      ${CHILDREN}
      const cluster = await LocalCluster.start(${options});
      const client = cluster.client();
      const endless = client.submit(() => { for (;;); });
      globalThis.later = client.map((x) => x, [endless, 1]);
      console.log(await client.with({ priority: 1 }).explain(endless) !== '', ...childrenHere());`;
    const { out, ...rest } = await runScript(code);
    expect(rest).toEqual({ code: 0, err: '' });
    const [said, ...pids] = out.trim().split(' ');
    expect(said).toBe('true');
    expect(pids.length).toBe(mode === 'in-process' ? 0 : 2);
    await gone(pids.map(Number));
  });

  it('ends by itself with nothing done', async () => {
    const code = `import { LocalCluster } from '@taskloom/client'; await LocalCluster.start(${options});`;
    expect(await runScript(code)).toEqual({ code: 0, out: '', err: '' });
  });
});

it('a script that closes what it opened waits until that has ended', async () => {
  const code = `
    import { Client, LocalCluster } from '@taskloom/client';
    ${CHILDREN}
    const cluster = await LocalCluster.start({ workers: 1, threads: 1 });
    await cluster.scale(2);
    await cluster.client().waitForWorkers(2);
    await cluster.scale(1);
    console.log(childrenHere().length);
    await cluster.close();
    console.log(childrenHere().length);`;
  expect(await runScript(code)).toEqual({ code: 0, out: '2\n0\n', err: '' });
});

it('a worker that died is replaced while the script waits for nothing but its task', async () => {
  const code = `
    import { LocalCluster } from '@taskloom/client';
    const cluster = await LocalCluster.start({ workers: 1, threads: 1 });
    const [{ pid }] = cluster.workers;
    const killed = new Promise((resolve) => setImmediate(() => resolve(process.kill(pid, 'SIGKILL'))));
    await killed;
    console.log(await cluster.client().submit(() => process.pid) !== pid);`;
  expect(await runScript(code)).toEqual({ code: 0, out: 'true\n', err: '' });
});

describe('Client.connect() without an address', () => {
  it.each([
    ['closes', 'await client.close(); console.log(childrenHere().length);', '0\n'],
    ['forgets', '', ''],
  ])(
    'has a local cluster of its own, which ends with the client that the script %s',
    async (_, end, last) => {
      const code = `
      import { Client } from '@taskloom/client';
      ${CHILDREN}
      const client = await Client.connect(undefined, { output: 'ignore' });
      console.log(await client.submit((x) => 2 * x, 21), childrenHere().join());
      ${end}`;
      const { code: status, out, err } = await runScript(code);
      expect([status, err]).toEqual([0, '']);
      const [, answer, pids, rest] = /^(\d+) ([\d,]*)\n(.*)$/s.exec(out) ?? [];
      expect([answer, rest]).toEqual(['42', last]);
      expect(pids?.split(',').length).toBe(2);
      await gone(pids?.split(',').map(Number) ?? []);
    },
  );
});

it('a script under taskloom run ends by itself, and its cluster with it', async () => {
  const path = join(folder, 'script.mjs');
  writeFileSync(
    path,
    `import { Client } from '${new URL('../index.ts', import.meta.url).href}';
     const client = await Client.connect();
     ${WAITS}`,
  );
  const args = ['run', '--threads', '1', path];
  expect(await commandLine.run(args)).toEqual({ code: 0, out: `${WAITED.join('\n')}\n`, err: '' });
});
