/** Programs that end with the one that started them, however that one ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * The shell's standard input is a pipe from us: when it closes, because we said so or because we are gone, the program is asked to
 * end, and made to after five seconds.
 */
const SUPERVISOR = `
exec 3<&0
"$@" <&- 3<&- & child=$!
( cat <&3 >/dev/null
  kill $child; for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 $child || exit; sleep 0.5; done; kill -9 $child
) 2>/dev/null &
wait $child`;

export class Supervised {
  readonly command: string;
  readonly #shell: ChildProcess;
  readonly #log: string;
  readonly exited: Promise<void>;

  constructor(command: string, args: readonly string[], log: string) {
    this.command = command;
    this.#log = log;
    const output = openSync(log, 'a');
    this.#shell = spawn('sh', ['-c', SUPERVISOR, 'supervisor', command, ...args], {
      stdio: ['pipe', output, output],
    });
    // A pipe whose other end is gone says so with an error; `exit` is what counts.
    this.#shell.stdin?.on('error', () => {});
    this.exited = new Promise((resolve) => this.#shell.once('exit', () => resolve()));
  }

  get running(): boolean {
    return this.#shell.exitCode === null && this.#shell.signalCode === null;
  }

  async stop(): Promise<void> {
    this.#shell.stdin?.end();
    await this.exited;
  }

  async lastWords(): Promise<string> {
    const lines = (await readFile(this.#log, 'utf8')).trim().split('\n');
    return `${lines.slice(-8).join('\n')}\n(${this.#log})`;
  }
}
