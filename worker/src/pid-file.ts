/**
 * A file with the number of the worker's process, which is gone when the worker has nothing left to finish. The preStop hook of its pod
 * reads it, asks the process to end and waits until it is gone: signals to process 1 may end at a command that wraps the worker.
 */
import { rmSync, writeFileSync } from 'node:fs';

export class PidFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    writeFileSync(path, `${process.pid}\n`);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
