import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Client } from '../client.ts';
import { CommandLine } from '../testing/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'taskloom-drain-'));
afterAll(() => rmSync(folder, { recursive: true }));

const commandLine = new CommandLine();
afterEach(() => commandLine.end());

/** A scheduler and so many workers, w1, w2, ..., as processes; and a client of them. */
async function cluster(count: number) {
  const scheduler = commandLine.start(['scheduler', '--port', '0']);
  const address = (await scheduler.line()).replace('scheduler at ', '');
  const token = (await scheduler.line()).replace('token: ', '');
  const client = await Client.connect(address, { token });
  const start = (name: string, env: Readonly<Record<string, string>> = {}) =>
    commandLine.start(['worker', '--threads', '1', '--name', name], {
      TASKLOOM_TOKEN: token,
      TASKLOOM_ADDRESS: address,
      ...env,
    });
  const workers = Array.from({ length: count }, (_, i) => start(`w${i + 1}`));
  await client.waitForWorkers(count);
  return { client, workers, start };
}

/** Notes each call in a file, so that calls can be counted however their workers end. */
function noted(file: string) {
  return (x: number): number[] => {
    const { appendFileSync } = process.getBuiltinModule('node:fs');
    appendFileSync(file, `${x}\n`);
    const until = performance.now() + 2;
    while (performance.now() < until);
    return [x, ...Array<number>(20_000).fill(x)];
  };
}

describe('a worker that is asked to end', () => {
  it('loses nothing: no task runs twice, every value is there afterwards', async () => {
    const { client, workers } = await cluster(2);
    const file = join(folder, 'calls');
    const inputs = Array.from({ length: 200 }, (_, i) => i);
    const values = client.map(noted(file), inputs);
    const sums = client.map((value: number[]) => value.length + value[0]!, values);
    await values.at(20);
    const ended = workers[0]?.ended();
    workers[0]?.child.kill('SIGTERM');
    expect(await client.gather(sums)).toEqual(inputs.map((x) => x + 20_001));
    expect(await ended).toBe(0);
    expect((await client.gather(values)).map(([x]) => x)).toEqual(inputs);
    expect(readFileSync(file, 'utf8').trim().split('\n').length).toBe(inputs.length);
    expect(client.workers.map(({ name }) => name)).toEqual(['w2']);
    await client.close();
  });

  it('ends at once when it is asked twice', async () => {
    const { client, workers } = await cluster(1);
    const file = join(folder, 'begun');
    const endless = client.submit((path: string) => {
      process.getBuiltinModule('node:fs').writeFileSync(path, '');
      for (;;);
    }, file);
    endless.exception().catch(() => {});
    await expect.poll(() => existsSync(file)).toBe(true);
    workers[0]?.child.kill('SIGTERM');
    await expect.poll(() => client.workers).toEqual([]);
    workers[0]?.child.kill('SIGTERM');
    expect(await workers[0]?.ended()).toBe(1);
    await client.close();
  });
});

describe('a worker with a pid file', () => {
  it('takes it away when it has nothing left to finish, and lives until whoever waited has seen it', async () => {
    const { client, start } = await cluster(1);
    const pidFile = join(folder, 'worker.pid');
    const worker = start('w2', { TASKLOOM_PID_FILE: pidFile });
    await client.waitForWorkers(2);
    const value = client.with({ workers: ['w2'] }).submit(() => Array<number>(30_000).fill(7));
    await value.exception();
    const ended = worker.ended();
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await expect.poll(() => existsSync(pidFile), { interval: 5 }).toBe(false);
    expect((await value).length).toBe(30_000);
    worker.child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await client.close();
  });
});

describe('client.retire', () => {
  it('resolves when the worker has given away what it has', async () => {
    const { client, workers } = await cluster(2);
    const value = client.with({ workers: ['w1'] }).submit(() => Array<number>(30_000).fill(7));
    await value.exception();
    const ended = workers[0]?.ended();
    await client.retire(['w1']);
    expect(await ended).toBe(0);
    expect((await value).length).toBe(30_000);
    expect([...(await client.run(() => 1)).keys()]).toEqual(['w2']);
    await client.close();
  });

  it('says who is there when nobody has the name', async () => {
    const { client } = await cluster(1);
    await expect(client.retire(['ada'])).rejects.toThrow('no worker is called ada: the workers here are w1');
    await client.retire([]);
    await client.close();
  });
});
