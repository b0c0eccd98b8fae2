/**
 * Owns: the orders of this thread and what becomes of them.
 *
 * 1. Tasks begin in the order they were given, each by one claim; after a withdrawal nothing begins until orders come anew.
 * 2. A task that shares the thread waits for one that does not to end, and the other way round.
 * 3. News leaves when there is nothing to begin, when an order is done and REFILL_MS have passed, or after REPORT_MS.
 */
import type { Loaded } from '@taskloom/protocol/functions/load';
import { encodeError } from '@taskloom/protocol/values';
import type { Current } from './current.ts';
import type { Gathered } from './gathered.ts';
import type { Outcomes } from './outcomes.ts';
import type { Claims } from './progress.ts';
import type { Report } from './report.ts';
import { inputOf, type TaskOrder } from './task-order.ts';

const REFILL_MS = 0.8;
const REPORT_MS = 3;
/** The clock is read once in so many tasks, when they are short. */
const STRIDE = 64;
const SHORT_MS = 0.05;
const LONG_MS = 0.2;
const NONE = Symbol('none');

/** An input that was to be made on this thread was not. */
class InputMissing extends Error {
  readonly batch: number;
  readonly index: number;

  constructor(batch: number, index: number) {
    super('an input was not made');
    this.batch = batch;
    this.index = index;
  }
}

/** In the queue behind the orders that may still read what the report brought. */
interface Taken {
  readonly report: number;
}

export interface RunnerParts {
  readonly claims: Claims;
  readonly outcomes: Outcomes;
  readonly report: Report;
  readonly current: Current;
  readonly worker: string;
  post(): void;
}

export class Runner {
  readonly #parts: RunnerParts;
  #queue: (TaskOrder | Taken)[] = [];
  #head = 0;
  #order: TaskOrder | undefined;
  #inFlight = 0;
  #freeSlots: number[] = [];
  #paused = false;
  #postedAt = 0;
  #stride = 1;
  #flushAsked = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  add(orders: readonly TaskOrder[], taken: number): void {
    for (const order of orders) this.#queue.push(order);
    this.#queue.push({ report: taken });
  }

  /** What was queued was withdrawn, by the withdrawal of this number. */
  clear(withdrawals: number): void {
    this.#queue = [];
    this.#head = 0;
    this.#parts.claims.resume(withdrawals);
  }

  /** The value of a task that an order names as its input. */
  resolve = (task: number): unknown => {
    const input = this.#order && inputOf(this.#order.inputs, task);
    if (!input) throw new Error(`the worker was not told where the value of task ${task} is`);
    const row = input.index + task - input.task;
    if (input.held) return input.held.value(row);
    const value = this.#parts.outcomes.read(input.batch, row, NONE);
    if (value === NONE) throw new InputMissing(input.batch, row);
    return value;
  };

  /** Begins all that may begin; what is still under way calls it again. */
  pump = (): void => {
    while (!this.#paused) {
      const next = this.#queue[this.#head];
      if (next === undefined) break;
      if ('report' in next) this.#parts.outcomes.taken(next.report);
      else if (!this.#run(next)) break;
      this.#head++;
      this.#compact();
    }
    if (this.#inFlight === 0) this.#flush();
    else this.#flushSoon();
  };

  #compact(): void {
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
  }

  /** False when the order has to wait, or was withdrawn. */
  #run(order: TaskOrder): boolean {
    if (this.#inFlight > 0 && this.#inFlight >= order.concurrency) return false;
    const call = this.#functionOf(order);
    if (call === undefined) return false;
    if (call === NONE) return true;
    return order.concurrency > 1 ? this.#runShared(order, call) : this.#runAlone(order, call);
  }

  /** undefined: it has to be waited for; NONE: it cannot be had, and its tasks are reported. */
  #functionOf(order: TaskOrder): Loaded | undefined | typeof NONE {
    this.#order = order;
    try {
      const preparing = order.fn.prepare();
      if (preparing) {
        this.#paused = true;
        const resume = () => {
          this.#paused = false;
          this.pump();
        };
        preparing.then(resume);
        return undefined;
      }
      return order.fn.get(order.batch, this.resolve);
    } catch (error) {
      this.#refuse(order, error);
      return NONE;
    }
  }

  #refuse(order: TaskOrder, error: unknown): void {
    while (order.next < order.end && this.#parts.claims.claim())
      this.#fail(order, order.next++, error, 'bad-code', 0);
  }

  #runAlone(order: TaskOrder, call: Loaded): boolean {
    const { claims, outcomes, current } = this.#parts;
    // Asked for when there is a result: until then the last that gathered is whom the arguments come from.
    let gathered: Gathered | undefined;
    const task = {
      batch: order.batch,
      index: order.next,
      attempt: order.attempt,
      name: order.fn.name,
    };
    current.task = task;
    this.#order = order;
    let left = 0;
    let mark = performance.now();
    claims.stamp(0, mark);
    while (order.next < order.end) {
      if (!claims.claim()) return this.#withdrawn();
      const index = order.next++;
      task.index = index;
      claims.begin(0, order.order, index);
      try {
        const args = argumentsOf(order, index);
        const result = args.length === 1 ? call(args[0]) : call(...args);
        if (isThenable(result)) return this.#await(order, index, result, mark);
        gathered ??= outcomes.gather(order);
        gathered.add(index, result);
      } catch (error) {
        const now = performance.now();
        this.#fail(order, index, error, 'threw', (now - mark) * 1_000);
        mark = now;
      }
      if (--left > 0) continue;
      const now = performance.now();
      if (gathered) gathered.micros += (now - mark) * 1_000;
      this.#adapt(now - mark);
      mark = now;
      left = this.#stride;
      claims.stamp(0, now);
      if (now - this.#postedAt <= REPORT_MS) continue;
      this.#flush(now);
      gathered = undefined;
    }
    const now = performance.now();
    if (gathered) gathered.micros += (now - mark) * 1_000;
    this.#ended(now);
    return true;
  }

  #ended(now: number): void {
    this.#parts.claims.end(0);
    this.#parts.current.task = undefined;
    if (now - this.#postedAt > REFILL_MS) this.#flush(now);
  }

  #adapt(took: number): void {
    if (took < SHORT_MS) this.#stride = Math.min(STRIDE, this.#stride * 2);
    else if (took > LONG_MS) this.#stride = 1;
  }

  #withdrawn(): false {
    this.#ended(performance.now());
    return false;
  }

  /** A task that does not share the thread and is not done: the next begins when it is. */
  #await(order: TaskOrder, index: number, result: PromiseLike<unknown>, since: number): false {
    this.#inFlight++;
    this.#paused = true;
    const settled = () => {
      this.#inFlight--;
      this.#paused = false;
      this.#parts.claims.end(0);
      this.#parts.current.task = undefined;
      this.pump();
    };
    result.then(
      (value) => {
        // What was gathered before may have been reported meanwhile.
        const into = this.#parts.outcomes.gather(order);
        into.add(index, value);
        into.micros += (performance.now() - since) * 1_000;
        settled();
      },
      (error: unknown) => {
        this.#fail(order, index, error, 'threw', (performance.now() - since) * 1_000);
        settled();
      },
    );
    return false;
  }

  #runShared(order: TaskOrder, call: Loaded): boolean {
    const { claims, current } = this.#parts;
    while (order.next < order.end) {
      if (this.#inFlight >= order.concurrency) return false;
      if (!claims.claim()) return false;
      const index = order.next++;
      const slot = this.#freeSlots.pop() ?? this.#inFlight;
      const since = performance.now();
      claims.begin(slot, order.order, index);
      claims.stamp(slot, since);
      this.#inFlight++;
      const task = { batch: order.batch, index, attempt: order.attempt, name: order.fn.name };
      this.#order = order;
      const done = (record: (micros: number) => void) => {
        record((performance.now() - since) * 1_000);
        claims.end(slot);
        this.#freeSlots.push(slot);
        this.#inFlight--;
      };
      this.#begin(order, index, () => current.share(task, () => call(...argumentsOf(order, index))), done);
    }
    return true;
  }

  #begin(
    order: TaskOrder,
    index: number,
    run: () => unknown,
    done: (record: (micros: number) => void) => void,
  ): void {
    const met = (value: unknown) =>
      done((micros) => {
        const gathered = this.#parts.outcomes.gather(order);
        gathered.add(index, value);
        gathered.micros += micros;
      });
    const broken = (error: unknown) => done((micros) => this.#fail(order, index, error, 'threw', micros));
    let result: unknown;
    try {
      result = run();
    } catch (error) {
      return broken(error);
    }
    if (!isThenable(result)) return met(result);
    result.then(
      (value) => {
        met(value);
        this.pump();
      },
      (error: unknown) => {
        broken(error);
        this.pump();
      },
    );
  }

  #fail(order: TaskOrder, index: number, error: unknown, why: 'threw' | 'bad-code', micros: number): void {
    const { report, worker } = this.#parts;
    if (error instanceof InputMissing) report.missing(order.order, index, error.batch, error.index);
    else {
      const place = { task: order.fn.name, worker, attempt: order.attempt };
      report.error(order.order, index, why, micros, encodeError(error, place));
    }
  }

  #flushSoon(): void {
    if (performance.now() - this.#postedAt > REFILL_MS) this.#flush();
    else if (!this.#flushAsked) {
      this.#flushAsked = true;
      setImmediate(() => {
        this.#flushAsked = false;
        this.#flush();
      });
    }
  }

  #flush(now = performance.now()): void {
    this.#postedAt = now;
    this.#parts.outcomes.close();
    if (!this.#parts.report.empty) this.#parts.post();
  }
}

function argumentsOf({ args }: TaskOrder, index: number): unknown[] {
  for (let i = args.length - 1; i >= 0; i--) {
    const { first, held } = args[i]!;
    if (index >= first) return held.rows(index - first);
  }
  return [];
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
