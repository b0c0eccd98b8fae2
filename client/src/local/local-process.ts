/** The parent's side of a process of a local cluster. It does not keep the parent running: who waits for anything does. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { ClientError } from '../errors.ts';
import type { Said, Told } from './child.ts';
import { fromSource, programOf } from './own-files.ts';

/** A child that does not end by itself is killed after this. */
const GRACE_MS = 2_000;
/** Of what a child wrote to stderr, for the error that says why it did not start. */
const TAIL_CHARACTERS = 4_096;

export class LocalProcess {
  readonly what: string;
  /** Settles with what ended it: a signal, a code, or why it could not be started. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<string>();
  readonly #retiring = Promise.withResolvers<void>();
  #errors = '';
  #lastWords: string | undefined;
  #isReady = false;
  #isEnding = false;

  /** `main`: a module of this folder, which starts at once. `settings`: what it is to be. */
  constructor(
    what: string,
    main: 'scheduler-main' | 'worker-main',
    settings: object,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.what = what;
    const flags = fromSource ? ['--conditions=taskloom-source'] : [];
    this.#child = spawn(process.execPath, [...flags, programOf(main)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
      // A group of its own: Ctrl-C reaches the script, which decides, and the children end with it.
      detached: true,
    });
    const stderr = this.#child.stderr as Socket;
    stderr.setEncoding('utf8').on('data', (text: string) => this.#wrote(text));
    stderr.unref();
    this.#child.channel?.unref();
    this.#child.unref();
    this.#child.on('message', (said: Said) => this.#heard(said));
    this.#child.once('error', (cause) => this.#failed(cause.message, cause));
    this.#child.once('close', (code, signal) => this.#closed(signal ?? `code ${code}`));
    // Not 'close': Node does not emit it once the channel was disconnected from this side.
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
      this.#child.once('error', ({ message }) => resolve(message));
    });
    this.#ready.promise.catch(() => {});
    this.#tell({ start: settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Says where the scheduler listens. */
  meet(path: string): void {
    this.#tell({ path });
  }

  /** Resolves with what the child says of itself; rejects with its reason, or what it wrote, when it ends before. */
  get ready(): Promise<string> {
    return this.#ready.promise;
  }

  /** Asks it to leave once nothing that matters is left to it; resolves when it has passed that on, or has ended. */
  async retire(): Promise<void> {
    this.#tell({ retire: true });
    await Promise.race([this.#retiring.promise, this.exited]);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#failed('it was ended before');
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #tell(told: Told<object>): void {
    if (this.#child.connected) this.#child.send(told, () => {});
  }

  #heard(said: Said): void {
    if ('retiring' in said) this.#retiring.resolve();
    else if ('ended' in said) this.#lastWords = said.ended;
    else if ('failed' in said) this.#failed(said.failed);
    else {
      this.#isReady = true;
      this.#ready.resolve(said.ready);
    }
  }

  #failed(why: string, cause?: Error): void {
    const message = `the ${this.what} of the local cluster did not start: ${why}`;
    this.#ready.reject(new ClientError('start-failed', message, cause && { cause }));
  }

  /** All that it wrote and said is here. */
  #closed(how: string): void {
    this.#failed(`it ended with ${how}${this.#errors && `:\n${this.#errors.trimEnd()}`}`);
    if (this.#lastWords !== undefined && !this.#isEnding)
      process.stderr.write(`taskloom: ${this.what} ended: ${this.#lastWords}\n`);
  }

  #wrote(text: string): void {
    if (!this.#isReady) this.#errors = (this.#errors + text).slice(-TAIL_CHARACTERS);
    else if (!this.#isEnding) process.stderr.write(text);
  }
}
