// The Python environment of the rivals: bench/.venv, made from the pinned bench/requirements.txt.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type Environment =
  | { readonly phase: 'ready'; readonly python: string }
  | { readonly phase: 'missing'; readonly because: string };

const FOLDER = fileURLToPath(new URL('./.venv', import.meta.url));
const PYTHON = `${FOLDER}/bin/python`;
const STAMP = `${FOLDER}/made-from.txt`;
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const KERNEL = fileURLToPath(new URL('./contenders/python', import.meta.url));
const INSTALL_LIMIT_MS = 300_000;
const LOOK_LIMIT_MS = 20_000;

/** Builds of one version differ by half in speed: the rivals get the fastest one found. */
const CANDIDATES = ['python3', '/usr/bin/python3', ...[11, 12, 13, 14].map((minor) => `python3.${minor}`)];
const SPEED = `import sys; from kernel import fastest_ms
assert (3, 11) <= sys.version_info < (3, 15)
print(fastest_ms(20000, 9))`;

const run = promisify(execFile);

/** Makes the environment where it is absent or was made from other requirements. Never throws: the report says what is missing. */
export async function ensureEnvironment(say: (text: string) => void): Promise<Environment> {
  const wanted = await readFile(REQUIREMENTS, 'utf8');
  const made = await readFile(STAMP, 'utf8').catch(() => undefined);
  if (made === wanted) return { phase: 'ready', python: PYTHON };
  say('making bench/.venv for Dask and Frisky');
  try {
    await run(await fastestPython(), ['-m', 'venv', '--clear', FOLDER], { timeout: INSTALL_LIMIT_MS });
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS], {
      timeout: INSTALL_LIMIT_MS,
    });
    await writeFile(STAMP, wanted);
    return { phase: 'ready', python: PYTHON };
  } catch (error) {
    return { phase: 'missing', because: reason(error) };
  }
}

async function fastestPython(): Promise<string> {
  let [best, bestMs] = ['python3', Number.POSITIVE_INFINITY];
  for (const candidate of CANDIDATES) {
    const ms = await speedMs(candidate);
    if (ms < bestMs) [best, bestMs] = [candidate, ms];
  }
  return best;
}

/** Infinite for one that is absent, unfit or broken. */
async function speedMs(python: string): Promise<number> {
  try {
    const { stdout } = await run(python, ['-B', '-c', SPEED], { cwd: KERNEL, timeout: LOOK_LIMIT_MS });
    return Number(stdout);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function reason(error: unknown): string {
  const { code, stderr } = failure(error);
  if (code === 'ENOENT') return 'there is no python3 on the PATH; install Python 3.11 to 3.14';
  const last = stderr.trim().split('\n').at(-1);
  return `the environment could not be made (${last || String(error)}); Python 3.11 to 3.14 with venv and a package index are needed`;
}

function failure(error: unknown): { code: unknown; stderr: string } {
  if (!(error instanceof Error)) return { code: undefined, stderr: '' };
  const code = 'code' in error ? error.code : undefined;
  const stderr = 'stderr' in error ? String(error.stderr) : '';
  return { code, stderr };
}
