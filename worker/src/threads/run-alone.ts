/**
 * Tasks that do not share the thread, one after the other: a loop that costs little more than the calls in it.
 *
 * 1. The clock is read once in so many tasks, when they are short; in between, news is not late by more than SHORT_MS, and when each of them
 *    began is known only roughly.
 */
import type { Loaded } from '@taskloom/protocol/functions/load';
import { type Desk, isThenable, REFILL_MS, REPORT_MS, type Run, whenSettled } from './desk.ts';
import { type Gathered, isPrimitive } from './gathered.ts';
import type { TaskOrder } from './task-order.ts';

const STRIDE = 64;
const SHORT_MS = 0.05;
const LONG_MS = 0.2;

/** `pump` is called when a task that had to be awaited is done. */
export function runAlone(desk: Desk, pump: () => void): Run {
  let stride = 1;
  return (order, call) => {
    const { claims, outcomes, slot } = desk;
    const task = { batch: order.batch, index: order.next, attempt: order.attempt, name: order.fn.name };
    desk.current.task = task;
    // Asked for when there is a result: until then the last that gathered is whom the arguments come from.
    let gathered: Gathered | undefined;
    let left = 0;
    let mark = performance.now();
    do {
      const index = order.next++;
      task.index = index;
      try {
        const result = invoke(desk, order, index, call);
        const isValue = isPrimitive(result);
        if (!isValue && isThenable(result)) {
          settleLater(desk, order, index, result, slot, mark, pump);
          return order.next === order.end;
        }
        gathered ??= outcomes.gather(order);
        if (isValue && gathered.isPlain) gathered.add(index, result);
        else outcomes.add(gathered, index, result);
      } catch (error) {
        const now = performance.now();
        desk.fail(order, index, error, 'threw', (now - mark) * 1_000);
        mark = now;
      }
      if (--left > 0) continue;
      const now = performance.now();
      if (gathered) gathered.micros += (now - mark) * 1_000;
      stride = adapted(stride, now - mark);
      left = stride;
      mark = now;
      claims.stamp(slot, now, stride > 1);
      if (now - desk.postedAt > REPORT_MS) desk.post(now);
      else if (stride > 1 || order.next === order.end || !desk.goOn(now)) continue;
      gathered = undefined;
    } while (order.next < order.end && claims.begin(slot, order.order, order.next));
    const now = performance.now();
    if (gathered) gathered.micros += (now - mark) * 1_000;
    ended(desk, slot, now);
    if (now - desk.postedAt > REFILL_MS) desk.post(now);
    return order.next === order.end;
  };
}

function invoke(desk: Desk, order: TaskOrder, index: number, call: Loaded): unknown {
  const args = desk.argumentsOf(order, index);
  return args.length === 1 ? call(args[0]) : call(...args);
}

function adapted(stride: number, took: number): number {
  if (took < SHORT_MS) return Math.min(STRIDE, stride * 2);
  return took > LONG_MS ? 1 : stride;
}

function ended(desk: Desk, slot: number, now: number): void {
  desk.end(slot);
  desk.current.task = undefined;
  desk.endedAt = now;
}

function settleLater(
  desk: Desk,
  order: TaskOrder,
  index: number,
  result: PromiseLike<unknown>,
  slot: number,
  since: number,
  pump: () => void,
): void {
  desk.inFlight++;
  desk.isPaused = true;
  const settle = (record: (micros: number) => void) => {
    const now = performance.now();
    record((now - since) * 1_000);
    desk.inFlight--;
    desk.isPaused = false;
    ended(desk, slot, now);
    pump();
  };
  whenSettled(
    result,
    (value) =>
      settle((micros) => {
        const gathered = desk.outcomes.gather(order);
        desk.outcomes.add(gathered, index, value);
        gathered.micros += micros;
      }),
    (error: unknown) => settle((micros) => desk.fail(order, index, error, 'threw', micros)),
  );
}
