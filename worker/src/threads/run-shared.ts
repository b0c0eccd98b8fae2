/**
 * Async tasks that share the thread, as many at once as their order allows.
 *
 * 1. Each has a slot of its own while it is under way, in which the agent sees it.
 * 2. Those that await nothing end one after the other, and are told of as if they did not share it.
 */
import type { Loaded } from '@taskloom/protocol/functions/load';
import { type Desk, isThenable, REFILL_MS, REPORT_MS, type Run, whenSettled } from './desk.ts';
import type { TaskOrder } from './task-order.ts';

/** As it is before tasks run, which may leave another in its place. */
const { queueMicrotask } = globalThis;

/** `pump` is called when a task that had to be awaited is done. */
export function runShared(desk: Desk, pump: () => void): Run {
  const runNext = (order: TaskOrder, call: Loaded, since: number) => {
    const { slot } = desk;
    const index = order.next++;
    desk.inFlight++;
    const done = (record: (micros: number) => void) => {
      const now = performance.now();
      record((now - since) * 1_000);
      desk.end(slot);
      desk.inFlight--;
      desk.endedAt = now;
    };
    const task = { batch: order.batch, index, attempt: order.attempt, name: order.fn.name };
    const run = () => desk.current.share(task, () => call(...desk.argumentsOf(order, index)));
    settle(desk, order, index, run, done, pump);
  };
  return (order, call) => {
    runNext(order, call, performance.now());
    while (order.next < order.end) {
      desk.goOn();
      if (desk.inFlight >= order.concurrency) return false;
      if (desk.endedAt - desk.postedAt > REPORT_MS) desk.post(desk.endedAt);
      const now = performance.now();
      if (!desk.begin(order, now)) return false;
      runNext(order, call, now);
    }
    if (desk.endedAt - desk.postedAt > REFILL_MS) desk.post(desk.endedAt);
    return true;
  };
}

function settle(
  desk: Desk,
  order: TaskOrder,
  index: number,
  run: () => unknown,
  done: (record: (micros: number) => void) => void,
  pump: () => void,
): void {
  const met = (value: unknown) =>
    done((micros) => {
      const gathered = desk.outcomes.gather(order);
      desk.outcomes.add(gathered, index, value);
      gathered.micros += micros;
    });
  const broken = (error: unknown) => done((micros) => desk.fail(order, index, error, 'threw', micros));
  try {
    const result = run();
    if (!isThenable(result)) return met(result);
    whenSettled(result, followedBy(pump, met), followedBy(pump, broken));
  } catch (error) {
    broken(error);
  }
}

/** What ends together is recorded before anything begins. */
function followedBy(pump: () => void, record: (outcome: unknown) => void): (outcome: unknown) => void {
  return (outcome) => {
    record(outcome);
    queueMicrotask(pump);
  };
}
