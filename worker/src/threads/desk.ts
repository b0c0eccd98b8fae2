/** What the ways to run tasks share: where news goes, and how much is under way. */
import type { Loaded } from '@taskloom/protocol/functions/load';
import { encodeError } from '@taskloom/protocol/values';
import type { Current } from './current.ts';
import type { Outcomes } from './outcomes.ts';
import type { Claims } from './progress.ts';
import type { Report } from './report.ts';
import { inputOf, type TaskOrder } from './task-order.ts';

/** The agent feeds a thread again when it hears that orders are done: not more often than this, in milliseconds. */
export const REFILL_MS = 2;
/** News waits no longer for an order to be done, in milliseconds. */
export const REPORT_MS = 100;
/** The next task may be a long one: of a thread that has work for longer than this, in milliseconds, results are left where the agent finds them. */
const LEAVE_MS = 2;
const NONE = Symbol('none');
/** Where what calls tasks is: this folder, or that of the file into which it was bundled. */
const HERE = new URL('.', import.meta.url).href;
/** A line of a stack that tells nobody anything at its end: of what calls tasks, or of Node itself. */
const isOurs = (frame: string): boolean => frame.includes(HERE) || /[( ]node:/.test(frame);
/** As they are before tasks run, which may leave others in their place: fake timers for tests do. */
const { queueMicrotask, setImmediate } = globalThis;

/** Runs what it may of an order, whose next task has begun; false when the rest has to wait, or was withdrawn. */
export type Run = (order: TaskOrder, call: Loaded) => boolean;

export interface DeskParts {
  readonly claims: Claims;
  readonly outcomes: Outcomes;
  readonly report: Report;
  readonly current: Current;
  readonly worker: string;
  /** Both do nothing where there is no news. */
  post(): void;
  /** Leaves news where the agent finds it; posts it where there is no room. */
  leave(): void;
}

/** An input that was to be made on this thread was not. */
class InputMissing extends Error {
  /** Told by it, since what tasks throw may be a proxy, which must not be looked at. */
  readonly #isOurs = true;

  constructor() {
    super('an input was not made');
  }

  static is(thrown: unknown): thrown is InputMissing {
    return typeof thrown === 'object' && thrown !== null && #isOurs in thrown;
  }
}

export class Desk {
  readonly claims: Claims;
  readonly outcomes: Outcomes;
  readonly current: Current;
  /** Tasks begun and not done. */
  inFlight = 0;
  /** Nothing more may begin. */
  isPaused = false;
  /** Where the task is shown that began last, if it is not called yet. */
  slot = 0;
  /** Whose inputs are looked up. */
  order: TaskOrder | undefined;
  postedAt = 0;
  /** When a task ended last. */
  endedAt = 0;
  #leftAt = 0;
  /** Slots in which no task is shown, of the first `#slots`. */
  readonly #free: number[] = [];
  #slots = 0;
  readonly #report: Report;
  readonly #worker: string;
  readonly #post: () => void;
  readonly #leave: () => void;
  #isPostPlanned = false;

  constructor({ claims, outcomes, report, current, worker, post, leave }: DeskParts) {
    this.claims = claims;
    this.outcomes = outcomes;
    this.current = current;
    this.#report = report;
    this.#worker = worker;
    this.#post = post;
    this.#leave = leave;
  }

  /** Begins the next task of an order, and shows it in a slot of its own; false when it was withdrawn. */
  begin(order: TaskOrder, now = performance.now()): boolean {
    const slot = this.#free.pop() ?? this.#slots++;
    this.slot = slot;
    this.claims.stamp(slot, now);
    if (this.claims.begin(slot, order.order, order.next)) return true;
    this.#free.push(slot);
    return false;
  }

  /** Nothing runs in this slot any more. */
  end(slot: number): void {
    this.claims.end(slot);
    this.#free.push(slot);
  }

  /** The value of a task that the order names as its input. */
  resolve = (task: number): unknown => {
    const input = this.order && inputOf(this.order.inputs, task);
    if (!input) throw new Error(`the worker was not told where the value of task ${task} is`);
    const row = input.index + task - input.task;
    if (input.held) return input.held.value(row);
    const value = this.outcomes.read(input.batch, row, NONE);
    if (value === NONE) throw new InputMissing();
    return value;
  };

  argumentsOf(order: TaskOrder, index: number): unknown[] {
    this.order = order;
    for (let i = order.args.length - 1; i >= 0; i--) {
      const { first, held } = order.args[i]!;
      if (index >= first) return held.rows(index - first);
    }
    return [];
  }

  fail(order: TaskOrder, index: number, error: unknown, why: 'threw' | 'bad-code', micros: number): void {
    if (InputMissing.is(error)) this.#report.missing(order.order, index);
    else {
      const place = { task: order.fn.name, worker: this.#worker, attempt: order.attempt };
      this.#report.error(order.order, index, why, micros, encodeError(error, place, isOurs));
    }
  }

  post(now = performance.now()): void {
    this.postedAt = now;
    this.#leftAt = now;
    this.outcomes.close();
    this.#post();
  }

  /** Another task begins, however long it may take: what was gathered until `now` is left where the agent finds it, if it was not just now. */
  goOn(now = this.endedAt): boolean {
    if (now - this.#leftAt < LEAVE_MS) return false;
    this.#leftAt = now;
    this.outcomes.close();
    this.#leave();
    return true;
  }

  /** What ends together is posted together. */
  postSoon(): void {
    if (performance.now() - this.postedAt > REFILL_MS) return this.post();
    if (this.#isPostPlanned) return;
    this.#isPostPlanned = true;
    setImmediate(() => {
      this.#isPostPlanned = false;
      this.post();
    });
  }
}

const { then } = Promise.prototype;

/** Calls one of both, once and later, whatever a thenable of the user's does. */
export function whenSettled(
  result: PromiseLike<unknown>,
  met: (value: unknown) => void,
  broken: (error: unknown) => void,
): void {
  try {
    // A promise may have a `then` of its own; and what this returns may be anything.
    void then.call(Promise.resolve(result), met, broken);
  } catch (error) {
    // It has a `constructor` of its own.
    queueMicrotask(() => broken(error));
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
