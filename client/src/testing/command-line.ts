/** Runs `taskloom ...` from its sources, and ends it with the test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/taskloom.cjs', import.meta.url));
const SOURCE = '--conditions=taskloom-source';

type Env = Readonly<Record<string, string>>;

export class CommandLine {
  readonly #started: ChildProcess[] = [];

  /** Starts it; `line` resolves with its next line. */
  start(args: readonly string[], env: Env = {}) {
    const child = spawn(process.execPath, [SOURCE, bin, ...args], {
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#started.push(child);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return {
      child,
      line: async () => (await lines.next()).value as string,
      ended: async () => (await once(child, 'exit'))[0] as number,
    };
  }

  /** Runs it to its end. */
  run(args: readonly string[], env: Env = {}, node = process.execPath) {
    return new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const flags = node === process.execPath ? [SOURCE, bin] : [bin];
      execFile(node, [...flags, ...args], { env: environment(env) }, (error, out, err) => {
        const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ code, out, err });
      });
    });
  }

  async end(): Promise<void> {
    for (const child of this.#started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
}

function environment(more: Env): NodeJS.ProcessEnv {
  const { TASKLOOM_TOKEN: _token, TASKLOOM_ADDRESS: _address, ...rest } = process.env;
  return { ...rest, ...more };
}
