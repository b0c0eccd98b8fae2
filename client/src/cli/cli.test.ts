import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Client } from '../client.ts';
import { CommandLine } from '../testing/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'taskloom-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const commandLine = new CommandLine();
afterEach(() => commandLine.end());
const taskloom = commandLine.start.bind(commandLine);
const ran = commandLine.run.bind(commandLine);

function script(name: string, code: string): string {
  const path = join(folder, name);
  const client = new URL('../index.ts', import.meta.url).href;
  writeFileSync(path, code.replaceAll('@taskloom/client', client));
  return path;
}

describe('taskloom scheduler and worker', () => {
  it('find each other with the token that the scheduler prints', async () => {
    const scheduler = taskloom(['scheduler', '--port', '0']);
    const address = (await scheduler.line()).replace('scheduler at ', '');
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    const token = (await scheduler.line()).replace('token: ', '');
    expect(await scheduler.line()).toBe(
      `workers: TASKLOOM_TOKEN=${token} taskloom worker --scheduler ${address}`,
    );

    const worker = taskloom(['worker', '--threads', '1', '--name', 'ada', '--resources', 'GPU=2'], {
      TASKLOOM_TOKEN: token,
      TASKLOOM_ADDRESS: address,
    });
    expect(await worker.line()).toMatch(`worker ada of ${address}, data door at http://127.0.0.1:`);
    const client = await Client.connect(address, { token });
    await client.waitForWorkers(1);
    expect(client.workers).toMatchObject([{ name: 'ada', threads: 1, resources: { GPU: 2 } }]);
    expect(await client.submit((x: number) => x + 1, 1)).toBe(2);
    await client.close();

    await expect(Client.connect(address, { token: 'guess' })).rejects.toMatchObject({
      code: 'wrong-token',
      message: expect.stringContaining('TASKLOOM_TOKEN'),
    });
    const ended = worker.ended();
    scheduler.child.kill('SIGTERM');
    expect(await scheduler.ended()).toBe(0);
    expect(await ended).toBe(1);
  });

  it('say how they are reached where they listen on all addresses', async () => {
    const scheduler = taskloom(['scheduler', '--host', '0.0.0.0', '--port', '0']);
    const address = (await scheduler.line()).replace('scheduler at ', '');
    const token = (await scheduler.line()).replace('token: ', '');
    const said = await scheduler.line();
    expect(said).toMatch(/--scheduler ws:\/\/[^ ]+:\d+$/);
    expect(said).not.toContain('0.0.0.0');
    const port = new URL(address).port;
    // As people write it.
    const flags = ['--scheduler', `127.0.0.1:${port}`, '--host', '0.0.0.0', '--name', 'ada'];
    const worker = taskloom(['worker', '--threads', '1', ...flags], { TASKLOOM_TOKEN: token });
    expect(await worker.line()).toMatch(
      `worker ada of ws://127.0.0.1:${port}, data door at http://127.0.0.1:`,
    );
    const ended = worker.ended();
    scheduler.child.kill('SIGTERM');
    await Promise.all([scheduler.ended(), ended]);
  });

  it('take the token from a file', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'from a file\n');
    const scheduler = taskloom(['scheduler', '--port', '0', '--token-file', file]);
    const address = (await scheduler.line()).replace('scheduler at ', '');
    const client = await Client.connect(address, { token: 'from a file' });
    await client.close();
    expect(await ran(['scheduler', '--token-file', join(folder, 'none')])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^taskloom: the token file cannot be read: ENOENT/),
    });
  });

  it.each([
    [
      'no token',
      ['worker', '--scheduler', 'ws://127.0.0.1:1'],
      'taskloom: a token is needed: set TASKLOOM_TOKEN',
    ],
    ['no scheduler', ['worker', '--token', 'x'], 'taskloom: say which scheduler'],
    [
      'nobody there',
      ['worker', '--token', 'x', '--scheduler', 'ws://127.0.0.1:1'],
      'taskloom: no scheduler answers at ws://127.0.0.1:1',
    ],
    ['two tokens', ['scheduler', '--token', 'x', '--token-file', 'y'], 'not both'],
    ['no number', ['worker', '--threads', 'many'], 'It must be a whole number from 1.'],
    ['too large a number', ['worker', '--concurrency', '1025'], 'It must be a whole number from 1 to 1024.'],
  ])('%s is said in one line', async (_, args, message) => {
    const { code, err } = await ran(args);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err.trim().split('\n').length).toBe(1);
  });
});

it('says in one line what to do when it has not been built', () => {
  const root = new URL('../../..', import.meta.url);
  const checkout = join(folder, 'checkout');
  const bin = join(checkout, 'client/bin/taskloom.cjs');
  cpSync(new URL('client/bin', root), join(bin, '..'), { recursive: true });
  mkdirSync(join(checkout, 'node_modules/@taskloom'), { recursive: true });
  symlinkSync(fileURLToPath(new URL('protocol', root)), join(checkout, 'node_modules/@taskloom/protocol'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: `taskloom: this checkout has not been built yet: run npm run build in ${checkout}\n`,
  });
});

describe('taskloom run', () => {
  it('runs a script with a cluster, and ends as it ends', async () => {
    const path = script(
      'sum.ts',
      `import { Client } from '@taskloom/client';
       const client = await Client.connect();
       const squares = client.map((x: number): number => x * x, process.argv.slice(2).map(Number));
       console.log(await client.gather(squares));
       await client.close();
       process.exitCode = 7;`,
    );
    // What was left of another cluster is no matter here.
    const env = { TASKLOOM_CA_FILE: join(folder, 'gone.crt') };
    expect(await ran(['run', '--threads', '1', path, '2', '3'], env)).toEqual({
      code: 7,
      out: '[ 4, 9 ]\n',
      err: '',
    });
  });

  it('passes signals on, and ends by what ended the script', async () => {
    const path = script('wait.ts', `setInterval(() => {}, 1000); console.log('waiting');`);
    const run = taskloom(['run', '--threads', '1', path]);
    expect(await run.line()).toBe('waiting');
    run.child.kill('SIGTERM');
    const [code, signal] = (await once(run.child, 'exit')) as [number | null, string | null];
    expect([code, signal]).toEqual([null, 'SIGTERM']);
  });
});
