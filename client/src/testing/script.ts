/** Scripts as people write them, each in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const sources = fileURLToPath(new URL('..', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs an ES module to its end, or that of the test. */
export function runScript(code: string, ...args: readonly string[]): Promise<Ended> {
  const { TASKLOOM_TOKEN: _token, TASKLOOM_ADDRESS: _address, ...env } = process.env;
  const flags = ['--conditions=taskloom-source', '--input-type=module', '--eval', code, '--', ...args];
  return new Promise((resolve) => {
    const script = execFile(process.execPath, flags, { cwd: sources, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
    onTestFinished(() => void script.kill('SIGKILL'));
  });
}

/** Of a script: the processes that it has started, but for the ps that tells. */
export const CHILDREN = `
const childrenHere = () => {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const lines = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return lines.trim().split('\\n').filter((line) => !/ ps$/.test(line)).map((line) => Number.parseInt(line, 10));
};
`;

/** Resolves when none of these processes is there any more; the test's own timeout says that one stays. */
export async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise(setImmediate);
}

export function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid as number, 0);
  } catch {
    return false;
  }
}
