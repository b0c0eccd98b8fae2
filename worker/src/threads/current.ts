/** Which task runs now, and what context() says of it. */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { installContext, type TaskContext, type TaskLog } from '../context.ts';

export interface RunningTask {
  readonly batch: number;
  index: number;
  readonly attempt: number;
  readonly name: string;
}

export class Current {
  /** The only one, when tasks do not share the thread. */
  task: RunningTask | undefined;
  #storage: AsyncLocalStorage<RunningTask> | undefined;
  readonly #worker: TaskContext['worker'];
  readonly #loaded = new Map<string, unknown>();
  readonly #write: (text: string) => void;

  constructor(worker: TaskContext['worker'], write: (text: string) => void) {
    this.#worker = worker;
    this.#write = write;
    installContext({ context: () => this.#context() });
  }

  /** Runs one of several tasks that share the thread: what it calls later still knows whose it is. */
  share<T>(task: RunningTask, run: () => T): T {
    this.#storage ??= newStorage();
    return this.#storage.run(task, run);
  }

  get now(): RunningTask | undefined {
    return this.#storage?.getStore() ?? this.task;
  }

  #context(): TaskContext {
    const task = this.now;
    if (!task) throw new Error('context() was called after its task ended: call it while the task runs');
    return {
      attempt: task.attempt,
      task: task.name,
      worker: this.#worker,
      log: logOf(task.name, this.#write),
      once: (key, factory) => this.#once(key, factory),
    };
  }

  #once<T>(key: string, factory: () => T): T {
    if (this.#loaded.has(key)) return this.#loaded.get(key) as T;
    if (typeof factory !== 'function')
      throw new TypeError(
        `once takes a key and a function that makes what is kept, once('model', () => load()), and not what load() gives`,
      );
    const made = factory();
    this.#loaded.set(key, made);
    if (made instanceof Promise) made.catch(() => this.#loaded.delete(key));
    return made;
  }
}

/** Loaded when asked for: most threads never share. */
function newStorage(): AsyncLocalStorage<RunningTask> {
  const hooks = createRequire(import.meta.url)('node:async_hooks') as typeof import('node:async_hooks');
  return new hooks.AsyncLocalStorage<RunningTask>();
}

function logOf(name: string, write: (text: string) => void): TaskLog {
  const line =
    (level: string) =>
    (...what: unknown[]) =>
      write(
        `${level} ${name}: ${what.map((one) => (typeof one === 'string' ? one : inspect(one))).join(' ')}\n`,
      );
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
