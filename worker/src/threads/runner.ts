/**
 * Owns: the orders of this thread, in the order they were given.
 *
 * 1. Each task begins by one claim; after a withdrawal nothing begins until orders come anew.
 * 2. A task that shares the thread waits for one that does not to end, and the other way round.
 * 3. The first task of an order begins before what the function needs is imported, so that an import that hangs is seen as this task.
 *    It goes on after a withdrawal, and nothing else of its order.
 * 4. News leaves when there is nothing to begin; how long it may wait otherwise, the ways to run tasks say.
 */
import type { Loaded } from '@taskloom/protocol/functions/load';
import { Desk, type DeskParts, type Run } from './desk.ts';
import { runAlone } from './run-alone.ts';
import { runShared } from './run-shared.ts';
import type { TaskOrder } from './task-order.ts';

/** In the queue behind the orders that may still read what the report brought. */
interface Taken {
  readonly report: number;
}

export class Runner {
  readonly #desk: Desk;
  readonly #runAlone: Run;
  readonly #runShared: Run;
  #queue: (TaskOrder | Taken)[] = [];
  #head = 0;
  /** Its next task has begun, and waits for imports. */
  #importing: TaskOrder | undefined;

  constructor(parts: DeskParts) {
    this.#desk = new Desk(parts);
    this.#runAlone = runAlone(this.#desk, this.pump);
    this.#runShared = runShared(this.#desk, this.pump);
  }

  get resolve(): (task: number) => unknown {
    return this.#desk.resolve;
  }

  /** `taken`: the last report that the agent had taken when it gave the orders. */
  add(orders: readonly TaskOrder[], taken: number): void {
    for (const order of orders) this.#queue.push(order);
    this.#queue.push({ report: taken });
  }

  /** What was queued was withdrawn, by the withdrawal of this number. */
  clear(withdrawals: number): void {
    const begun = this.#importing;
    if (begun) begun.end = begun.next + 1;
    this.#queue = begun ? [begun] : [];
    this.#head = 0;
    this.#desk.claims.resume(withdrawals);
  }

  /** Begins all that may begin; what is under way calls it again when it is done. */
  pump = (): void => {
    const desk = this.#desk;
    while (!desk.isPaused) {
      const next = this.#queue[this.#head];
      if (next === undefined) break;
      if ('report' in next) desk.outcomes.taken(next.report);
      else {
        desk.goOn();
        if (!this.#run(next)) break;
      }
      this.#head++;
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    if (desk.inFlight === 0) desk.post();
    else desk.postSoon();
  };

  #run(order: TaskOrder): boolean {
    if (this.#importing === order) this.#importing = undefined;
    else if (!this.#begin(order)) return false;
    this.#desk.order = order;
    let call: Loaded;
    try {
      const preparing = order.fn.prepare();
      if (preparing) return this.#pauseUntil(preparing, order);
      call = order.fn.get(order.batch, this.resolve);
    } catch (error) {
      return this.#refuse(order, error);
    }
    return order.concurrency > 1 ? this.#runShared(order, call) : this.#runAlone(order, call);
  }

  #begin(order: TaskOrder): boolean {
    const { inFlight } = this.#desk;
    if (inFlight > 0 && inFlight >= order.concurrency) return false;
    return this.#desk.begin(order);
  }

  #pauseUntil(prepared: Promise<void>, order: TaskOrder): false {
    const desk = this.#desk;
    this.#importing = order;
    desk.isPaused = true;
    desk.claims.importing(desk.slot);
    void prepared.then(() => {
      desk.claims.importing();
      desk.isPaused = false;
      this.pump();
    });
    return false;
  }

  /** Without the function every task of the order fails alike. */
  #refuse(order: TaskOrder, error: unknown): boolean {
    const desk = this.#desk;
    do desk.fail(order, order.next++, error, 'bad-code', 0);
    while (order.next < order.end && desk.claims.claim());
    desk.end(desk.slot);
    return order.next === order.end;
  }
}
