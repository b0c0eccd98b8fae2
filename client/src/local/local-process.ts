/** The parent's side of a process of a local cluster. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ClientError } from '../errors.ts';
import type { Said, Told } from './child.ts';

/** A child that does not end by itself is killed after this. */
const GRACE_MS = 2_000;
/** Of what a child wrote to stderr, for the error that says why it did not start. */
const TAIL_CHARACTERS = 4_096;

const fromSource = import.meta.url.endsWith('.ts');

/** From source as it stands; else as one file, if it was bundled, since that loads in half the time. */
function programOf(main: string): string {
  if (fromSource) return fileURLToPath(new URL(`./${main}.ts`, import.meta.url));
  const bundled = fileURLToPath(new URL(`../processes/${main}.js`, import.meta.url));
  return existsSync(bundled) ? bundled : fileURLToPath(new URL(`./${main}.js`, import.meta.url));
}

export class LocalProcess {
  readonly what: string;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #ready: Promise<string>;
  #errors = '';
  #isReady = false;
  #isEnding = false;

  /** `main`: a module of this folder. Starts at once, and waits to be told what to be. */
  constructor(
    what: string,
    main: 'scheduler-main' | 'worker-main',
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
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#wrote(text));
    // Not 'close': Node does not emit it once the channel was disconnected from this side.
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#ready = this.#whenReady();
    this.#ready.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves with what the child says of itself; rejects with its reason, or what it wrote, when it ends before. */
  start(settings: object): Promise<string> {
    const told: Told<object> = { start: settings };
    if (this.#child.connected) this.#child.send(told, () => {});
    return this.#ready;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #whenReady(): Promise<string> {
    return new Promise((resolve, reject) => {
      const failed = (why: string, cause?: Error) =>
        reject(
          new ClientError(
            'start-failed',
            `the ${this.what} of the local cluster did not start: ${why}`,
            cause && { cause },
          ),
        );
      this.#child.once('error', (cause) => failed(cause.message, cause));
      this.#child.once('message', (said: Said) => {
        if ('failed' in said) return failed(said.failed);
        this.#isReady = true;
        resolve(said.ready);
      });
      this.#child.once('close', (code, signal) => {
        failed(`it ended with ${signal ?? `code ${code}`}${this.#errors && `:\n${this.#errors.trimEnd()}`}`);
      });
    });
  }

  #wrote(text: string): void {
    if (!this.#isReady) this.#errors = (this.#errors + text).slice(-TAIL_CHARACTERS);
    else if (!this.#isEnding) process.stderr.write(text);
  }
}
