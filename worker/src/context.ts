/** What a task may know of where it runs. */

/** Lines on stderr with a level before them; what is no text is shown as `console.log` shows it. */
export interface TaskLog {
  debug(...what: unknown[]): void;
  info(...what: unknown[]): void;
  warn(...what: unknown[]): void;
  error(...what: unknown[]): void;
}

/** Where and how a task runs, as it sees it. */
export interface TaskContext {
  /** 0 at first, one more each time it is run again. */
  readonly attempt: number;
  /** The name of its function. */
  readonly task: string;
  readonly worker: { readonly name: string; readonly number: number };
  /** Lines on stderr, which arrive at the client. */
  readonly log: TaskLog;
  /**
   * What is loaded once and used by many tasks: a model, a connection. Once per thread of the worker, since live objects cannot
   * be shared between threads. A factory that fails is tried again by the next task that asks.
   *
   * @example const model = await context().once('model', () => loadModel('./model.bin'));
   */
  once<T>(key: string, factory: () => T): T;
}

export const IN_TASK_TABLE: unique symbol = Symbol.for('taskloom.intask.table') as never;
const IN_TASK: unique symbol = Symbol.for('taskloom.intask') as never;

interface Table {
  readonly context: () => TaskContext;
}

/**
 * The context of the task that calls it. Throws where no task runs.
 *
 * @example
 * import { context, LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ inProcess: true });
 * const client = cluster.client();
 * const where = () => `${context().task} on ${context().worker.name}, attempt ${context().attempt}`;
 * console.log(await client.submit(where)); // where on local-1, attempt 0
 */
export const context: (() => TaskContext) & { readonly [IN_TASK]: 'context' } = Object.assign(
  () => {
    const table: Table | undefined = (globalThis as { [IN_TASK_TABLE]?: Table })[IN_TASK_TABLE];
    if (!table)
      throw new Error('context() works inside a task only: call it in the function that you submit');
    return table.context();
  },
  { [IN_TASK]: 'context' } as const,
);

export function installContext(table: Table): void {
  (globalThis as { [IN_TASK_TABLE]?: Table })[IN_TASK_TABLE] = table;
}
