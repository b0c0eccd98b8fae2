import { type ChildProcess, spawn } from 'node:child_process';
import { ClientError } from '../errors.ts';
import type { RunCommand } from './main.ts';
import { reached, type Way } from './reached.ts';

/** Runs the script with a cluster, one made for it on this machine unless one is named, and ends as it ends. */
export async function runScript(script: string, rest: readonly string[], command: RunCommand): Promise<void> {
  const { cluster, workers, threads, ...place } = command;
  if (cluster !== undefined && (workers ?? threads) !== undefined)
    throw new ClientError(
      'bad-option',
      `--cluster ${cluster} has its workers: leave out --workers and --threads`,
    );
  const way = cluster === undefined ? await made(command) : await reached(cluster, place);
  const child = spawn(process.execPath, [...process.execArgv, script, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, ...way.env },
  });
  passSignals(child);
  const { code, signal } = await ended(child);
  await way.close();
  process.removeAllListeners(signal ?? 'exit');
  if (signal) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
}

async function made({ workers, threads }: Pick<RunCommand, 'workers' | 'threads'>): Promise<Way> {
  const { LocalCluster } = await import('../local/local-cluster.ts');
  const cluster = await LocalCluster.start({ ...(workers && { workers }), ...(threads && { threads }) });
  return {
    env: { TASKLOOM_ADDRESS: cluster.address, TASKLOOM_TOKEN: cluster.token, TASKLOOM_LOCAL: '1' },
    close: () => cluster.close(),
  };
}

/** At a terminal Ctrl-C reaches the script by itself, as it is in the same group. */
function passSignals(child: ChildProcess): void {
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
