import { type ChildProcess, spawn } from 'node:child_process';
import { LocalCluster } from '../local/local-cluster.ts';
import type { RunCommand } from './main.ts';

/** Runs the script with a cluster made for it, and ends as it ends. */
export async function runScript(script: string, rest: readonly string[], options: RunCommand): Promise<void> {
  const cluster = await LocalCluster.start(options);
  const child = spawn(process.execPath, [...process.execArgv, script, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, TASKLOOM_ADDRESS: cluster.address, TASKLOOM_TOKEN: cluster.token },
  });
  passSignals(child);
  const { code, signal } = await ended(child);
  await cluster.close();
  process.removeAllListeners(signal ?? 'exit');
  if (signal) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
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
