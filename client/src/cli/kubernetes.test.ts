/** Scripts that say nothing of Kubernetes, with a cluster on one: a real API server, with operator and kubelet played by the test. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeWithApi } from '../../../test/kubernetes/cluster.ts';
import { TASK_CLUSTERS } from '../kubernetes/resource.ts';
import { CommandLine } from '../testing/command-line.ts';
import { complete, READY, Stage } from '../testing/kubernetes/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'taskloom-cli-'));
const script = join(folder, 'script.ts');
writeFileSync(
  script,
  `import { Client } from '${new URL('../index.ts', import.meta.url).href}';
   await using client = await Client.connect();
   const [worker] = await client.waitForWorkers(1);
   console.log(worker.name, await client.gather(client.map((x: number) => x * x, [2, 3])));`,
);
afterAll(() => rmSync(folder, { recursive: true }));

const commandLine = new CommandLine();
afterEach(() => commandLine.end());

describeWithApi('taskloom, of a cluster on Kubernetes,', (api) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.set(api);
    const worker = await stage.worker('ada');
    const { kube } = stage.operator;
    await kube.create(TASK_CLUSTERS, {
      metadata: { namespace: stage.namespace, name: 'shared' },
      spec: {} as never,
    });
    await stage.letIn('shared');
    await stage.operator.says('shared', READY, complete(1));
    return async () => {
      await worker.close();
      await stage.clear();
    };
  });
  const env = () => ({ KUBECONFIG: api.kubeconfig });

  test('runs a script with it, and leaves it', async () => {
    const args = ['run', '--cluster', 'shared', '--namespace', stage.namespace, script];
    expect(await commandLine.run(args, env())).toEqual({ code: 0, out: 'ada [ 4, 9 ]\n', err: '' });
    expect(await stage.isThere('shared')).toBe(true);
  });

  test('holds the way to it open until it is told to end', async () => {
    const connect = commandLine.start(['connect', 'shared', '--namespace', stage.namespace], env());
    const lines: string[] = [];
    while (lines.length < 4) lines.push(await connect.line());
    expect(lines[0]).toMatch(/^TASKLOOM_ADDRESS=wss:\/\/127\.0\.0\.1:\d+$/);
    expect(lines[1]).toBe(`TASKLOOM_TOKEN=${stage.scheduler.token}`);
    expect(lines[3]).toBe('TASKLOOM_RELAY=1');
    const said = Object.fromEntries(lines.map((line) => line.split('=')));

    const flags = ['--conditions=taskloom-source', script];
    const run = () => promisify(execFile)(process.execPath, flags, { env: { ...process.env, ...said } });
    expect((await run()).stdout).toBe('ada [ 4, 9 ]\n');
    stage.kubelet.cut();
    expect((await run()).stdout).toBe('ada [ 4, 9 ]\n');

    connect.child.kill('SIGTERM');
    await connect.ended();
    expect(connect.child.signalCode).toBe('SIGTERM');
    expect(existsSync(said.TASKLOOM_CA_FILE as string)).toBe(false);
  });

  test('says in one line what is wrong', async () => {
    const where = ['--namespace', stage.namespace];
    expect(await commandLine.run(['connect', 'none', ...where], env())).toMatchObject({
      code: 1,
      err: `taskloom: there is no cluster none in namespace ${stage.namespace}; there are: shared\n`,
    });
    expect(
      await commandLine.run(['run', '--cluster', 'shared', '--threads', '2', script], env()),
    ).toMatchObject({
      code: 1,
      err: 'taskloom: --cluster shared has its workers: leave out --workers and --threads\n',
    });
  });
});
