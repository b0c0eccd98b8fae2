/** A shape in which futures stand becomes the same shape with their values; one list of a million is one watch. */
import { FUTURE, FUTURES, isResolved } from '@taskloom/protocol/values';
import { type Watch, watchOf } from './core/watch.ts';
import { ClientError } from './errors.ts';
import { Future, HOME, released } from './future.ts';
import { FutureList } from './future-list.ts';
import { given, refuse } from './said.ts';
import type { Session, Told } from './session.ts';
import type { OnErrors } from './types.ts';

/** Stands where a failed task's value would be, to be left out. */
const SKIPPED = Symbol('skipped');
type Build = (values: unknown[]) => unknown;

/** Values have a slot each, in the order in which the futures were met; those that are consecutive tasks are watched together. */
class Plan {
  readonly #session: Session;
  /** First task and first slot of each run of tasks. */
  readonly runs: { first: number; count: number; slot: number }[] = [];
  /** Kept from being collected until the values are there. */
  readonly handles: object[] = [];
  slots = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  take(handle: Future<unknown> | FutureList<unknown>, first: number, count: number): number {
    if (handle[HOME] !== this.#session) {
      throw new ClientError(
        'foreign-future',
        `the future of ${handle.name} belongs to another client: gather it there`,
      );
    }
    const slot = this.slots;
    const last = this.runs.at(-1);
    if (last && last.first + last.count === first) last.count += count;
    else this.runs.push({ first, count, slot });
    this.handles.push(handle);
    this.slots += count;
    return slot;
  }
}

export function gather(session: Session, shape: unknown, errors: OnErrors): Promise<unknown> {
  const plan = new Plan(session);
  const build = planOf(shape, plan, new Set());
  return valuesOf(session, plan, errors).then((values) => {
    const gathered = build(values);
    return gathered === SKIPPED ? undefined : gathered;
  });
}

function planOf(shape: unknown, plan: Plan, inside: Set<object>): Build {
  if (typeof shape !== 'object' || shape === null) return () => shape;
  if (shape instanceof Future) {
    const slot = plan.take(shape, shape[FUTURE], 1);
    return (values) => values[slot];
  }
  if (shape instanceof FutureList) return planOfList(shape, plan);
  // In a task that captured a future and is itself a client.
  if (isResolved(shape)) return () => shape.value;
  if (inside.has(shape)) refuse('gather cannot follow a shape that contains itself');
  if (shape instanceof Promise) refuse(`gather takes futures, and this is ${given(shape)}: await it first`);
  // As it is it would come back with its futures in it.
  if ('next' in shape && typeof shape.next === 'function')
    refuse(
      `gather takes arrays, and this is ${given(shape)}: spread it, [...it], or collect it with Array.fromAsync`,
    );
  inside.add(shape);
  const build = planOfContainer(shape, plan, inside);
  inside.delete(shape);
  return build;
}

function planOfList(list: FutureList<unknown>, plan: Plan): Build {
  const { first, count } = list[FUTURES];
  const slot = plan.take(list, first, count);
  return (values) => present(count === values.length ? values : values.slice(slot, slot + count));
}

function planOfContainer(shape: object, plan: Plan, inside: Set<object>): Build {
  if (Array.isArray(shape)) {
    const items: readonly unknown[] = shape;
    if (areFutures(items)) return planOfFutures(items, plan);
    const builds = items.map((item) => planOf(item, plan, inside));
    return (values) => present(builds.map((build) => build(values)));
  }
  if (shape instanceof Map) {
    const builds = [...shape].map(([key, item]) => [key, planOf(item, plan, inside)] as const);
    return (values) => new Map(builds.map(([key, build]) => [key, build(values)] as const).filter(isPresent));
  }
  if (shape instanceof Set) {
    const builds = [...shape].map((item) => planOf(item, plan, inside));
    return (values) => new Set(present(builds.map((build) => build(values))));
  }
  const prototype = Object.getPrototypeOf(shape);
  if (prototype !== Object.prototype && prototype !== null) return () => shape;
  const builds = Object.entries(shape).map(([key, item]) => [key, planOf(item, plan, inside)] as const);
  // Object.fromEntries defines properties: `__proto__` stays a key.
  return (values) =>
    Object.fromEntries(builds.map(([key, build]) => [key, build(values)] as const).filter(isPresent));
}

/** `every` passes over holes. */
function areFutures(items: readonly unknown[]): items is readonly Future<unknown>[] {
  for (const item of items) if (!(item instanceof Future)) return false;
  return true;
}

/** The common case of an array of futures, without a function for each. */
function planOfFutures(futures: readonly Future<unknown>[], plan: Plan): Build {
  const start = plan.slots;
  for (const future of futures) plan.take(future, future[FUTURE], 1);
  return (values) =>
    present(futures.length === values.length ? values : values.slice(start, start + futures.length));
}

const isPresent = ([, value]: readonly [unknown, unknown]) => value !== SKIPPED;

function present(values: unknown[]): unknown[] {
  return values.includes(SKIPPED) ? values.filter((value) => value !== SKIPPED) : values;
}

function valuesOf(session: Session, plan: Plan, errors: OnErrors): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const values: unknown[] = new Array(plan.slots);
    let left = plan.slots;
    if (left === 0) return resolve(values);
    const watches: Watch[] = [];
    const fail = (error: Error) => {
      left = Number.POSITIVE_INFINITY;
      reject(error);
      for (const watch of watches) session.unwatch(watch);
    };
    const fill = (slot: number, count: number, told: Told) => {
      if (told.is === 'values') copy(told.values, told.at, values, slot, count);
      else if (told.is === 'gave-up') return fail(told.error);
      else if (told.is === 'missed') return fail(released(nameOf(plan, slot)));
      else if (told.is === 'failed') {
        if (errors === 'throw') return fail(told.error);
        values.fill(errors === 'skip' ? SKIPPED : told.error, slot, slot + count);
      }
      left -= count;
      if (left === 0) resolve(values);
    };
    for (const run of plan.runs) {
      if (left === Number.POSITIVE_INFINITY) return;
      const sink = (told: Told) => {
        if (told.is === 'gave-up') fail(told.error);
        else fill(run.slot + told.first - run.first, told.count, told);
      };
      const watch = watchOf('value', run.first, run.count, sink);
      watches.push(watch);
      session.watch(watch);
    }
  });
}

function copy(from: readonly unknown[], at: number, to: unknown[], slot: number, count: number): void {
  for (let row = 0; row < count; row++) to[slot + row] = from[at + row];
}

/** The name of the function whose task has this slot. */
function nameOf(plan: Plan, slot: number): string {
  let at = 0;
  for (const handle of plan.handles) {
    const { name } = handle as { name: string };
    at += handle instanceof FutureList ? handle.length : 1;
    if (slot < at) return name;
  }
  return 'a task';
}
