/** Programs that stay when the command that started them ends: one pid file and one log for each, in one folder. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 3_000;

export class Daemons {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(name: string, command: string, args: readonly string[]): Promise<void> {
    const output = openSync(this.log(name), 'a');
    const child = spawn(command, args, {
      cwd: this.#folder,
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const program = await readlink(`/proc/${child.pid}/exe`);
    await writeFile(this.#file(name), JSON.stringify({ pid: child.pid, program, command, args }));
  }

  /** Stops it, and gives what starts it again as it was. */
  async pause(name: string): Promise<() => Promise<void>> {
    const { command, args } = JSON.parse(await readFile(this.#file(name), 'utf8'));
    await this.stop(name);
    return () => this.start(name, command, args);
  }

  async running(name: string): Promise<boolean> {
    return (await this.#pid(name)) !== undefined;
  }

  /** Asks, then insists. */
  async stop(name: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let pid = await this.#pid(name); pid; pid = await this.#pid(name)) {
      process.kill(pid, performance.now() < deadline ? 'SIGTERM' : 'SIGKILL');
      await delay(50);
    }
    await rm(this.#file(name), { force: true });
  }

  log(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  async lastWords(name: string): Promise<string> {
    const lines = (await readFile(this.log(name), 'utf8')).trim().split('\n');
    return `${lines.slice(-8).join('\n')}\n(${this.log(name)})`;
  }

  #file(name: string): string {
    return join(this.#folder, `${name}.pid`);
  }

  /** A number in a file may have become another program's since. */
  async #pid(name: string): Promise<number | undefined> {
    try {
      const { pid, program } = JSON.parse(await readFile(this.#file(name), 'utf8'));
      return (await readlink(`/proc/${pid}/exe`)) === program ? pid : undefined;
    } catch {
      return undefined;
    }
  }
}
