/** What a client has asked for, and so what it may be told: the value that was planned, or a failure that something has caused. */
import type { TaskOptions } from '@taskloom/protocol';
import type { Upheaval } from './cluster.ts';
import { errorOf, type Part, resultOf, throws } from './plan.ts';

export interface Task extends Part {
  readonly number: number;
  /** The tasks whose values it is given. */
  readonly inputs: readonly number[];
  readonly options: TaskOptions;
  /** Brought, not computed. */
  readonly isData: boolean;
  isHeld: boolean;
  isCancelled: boolean;
}

/** Deaths of its workers of which a task fails. */
const MOST_DEATHS = 3;

export class Tasks {
  readonly #tasks = new Map<number, Task>();
  /** What each gives if nothing goes wrong; undefined where it has to fail. */
  readonly #values = new Map<number, number | undefined>();
  readonly #upheaval: Upheaval;

  constructor(upheaval: Upheaval) {
    this.#upheaval = upheaval;
  }

  add(task: Task): void {
    this.#tasks.set(task.number, task);
    const inputs = task.inputs.map((input) => this.#values.get(input));
    const fails =
      task.kind === 'stuck' || throws(task, task.options.retries ?? 0) || inputs.includes(undefined);
    this.#values.set(task.number, fails ? undefined : resultOf(task, inputs as number[]));
  }

  of(number: number): Task {
    const task = this.#tasks.get(number);
    if (!task) throw new Error(`nobody has asked for task ${number}`);
    return task;
  }

  get held(): Task[] {
    return [...this.#tasks.values()].filter(({ isHeld }) => isHeld);
  }

  /** Held tasks that follow each other, from `first` on. */
  heldFrom(first: number, most: number): number {
    let count = 1;
    while (count < most && this.#tasks.get(first + count)?.isHeld) count++;
    return count;
  }

  /** Throws if the value is not what was planned. */
  mayBe(number: number, value: number): void {
    const planned = this.#values.get(number);
    if (planned !== value) throw new Error(`task ${number} came as ${value}, not as ${planned}`);
  }

  mayBeDone(number: number): void {
    if (this.#values.get(number) === undefined) throw new Error(`task ${number} is done, but has to fail`);
  }

  /** Throws if nothing has happened of which the task, or what it needs, could fail so. */
  mayFail(number: number, error: string): void {
    const all = this.#withInputs(number);
    if (!all.some((task) => this.#causesIn(task).includes(error)))
      throw new Error(`task ${number} failed with ${error}, for no reason`);
  }

  /** Without help the task does not end. */
  isStuck(number: number): boolean {
    const all = this.#withInputs(number);
    return all.some(({ kind, options }) => kind === 'stuck' && options.timeoutMs === undefined);
  }

  #withInputs(number: number): Task[] {
    const found = new Set<Task>();
    const stack = [number];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const task = this.of(next);
      if (found.has(task)) continue;
      found.add(task);
      stack.push(...task.inputs);
    }
    return [...found];
  }

  #causesIn(task: Task): string[] {
    const { workerDeaths, threadDeaths, failedFetches } = this.#upheaval;
    const causes: string[] = [];
    if (task.isCancelled) causes.push('cancelled');
    if (task.isData && workerDeaths + failedFetches > 0) causes.push('data-lost');
    if (task.isData) return causes;
    if (throws(task, task.options.retries ?? 0)) causes.push(errorOf(task));
    if (task.options.timeoutMs !== undefined) causes.push('timed-out');
    if (threadDeaths > 0) causes.push('thread-died');
    if (workerDeaths >= MOST_DEATHS) causes.push('worker-died');
    return causes;
  }
}
