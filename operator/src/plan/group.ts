/** One group of workers: as many as wanted, of the revision that is wanted. */
import { dispensable } from '../desired/budget.ts';
import type { DesiredGroup } from '../desired/types.ts';
import type { Refusal } from '../observed/types.ts';
import { isOverdue, type Worker, type WorkerState } from '../observed/worker.ts';
import { again, type Context } from './context.ts';
import { create } from './creation.ts';
import { planEnded } from './ended.ts';
import { dismiss, drain, planRetiring, retire } from './leaving.ts';
import { MOST_CREATED, REFUSED_MS } from './limits.ts';
import { isUnschedulable } from './obstacles.ts';
import { byUse } from './order.ts';
import type { Command } from './types.ts';

/** A group with its workers, sorted by what becomes of them. */
export interface Crew {
  readonly group: DesiredGroup;
  /** Ready or starting: these count. */
  readonly active: readonly Worker[];
  /** Those of them that are not of the revision that is wanted. */
  readonly old: readonly Worker[];
  readonly ready: readonly Worker[];
  readonly retiring: readonly Worker[];
  readonly ended: readonly Worker[];
  /** How many are on their way out and still there; not those whose node will not tell. */
  readonly leaving: number;
}

export function crewOf(group: DesiredGroup, workers: readonly Worker[], now: number): Crew {
  const mine = workers.filter((worker) => worker.group === group.name);
  const of = (...states: readonly WorkerState[]) => mine.filter(({ state }) => states.includes(state));
  const active = of('ready', 'starting');
  const { revision } = group;
  return {
    group,
    active,
    old: revision ? active.filter((worker) => worker.revision !== revision.hash) : [],
    ready: of('ready'),
    retiring: of('retiring'),
    ended: of('ended'),
    leaving: of('retiring', 'going').filter((worker) => !isOverdue(worker, now)).length,
  };
}

/** @param rolls whether it is this group's turn to replace what is old */
export function planGroup(context: Context, crew: Crew, rolls: boolean): Command[] {
  const { now } = context.moment;
  const complete = crew.ready.length >= crew.group.replicas;
  const ended = planEnded(crew.ended, complete, now);
  const missing = rolls
    ? planRoll(context, crew)
    : { commands: planSurplus(context, crew), ...shortOf(crew) };
  const count = missing.count - ended.waiting;
  return [
    ...planRetiring(context, crew.retiring),
    ...ended.commands,
    ...missing.commands,
    ...planCreation(context, crew, count, ended.attempt),
  ];
}

interface Step {
  readonly commands: readonly Command[];
  /** Pods to be made. */
  readonly count: number;
}

const shortOf = ({ group, active }: Crew) => ({ count: group.replicas - active.length });

function planCreation(context: Context, crew: Crew, count: number, attempt: number): Command[] {
  if (count <= 0) return [];
  const { name } = crew.group;
  const refusal = context.observed.refusals.find(({ group }) => group === name);
  if (!refusal) {
    const made = create(context, crew.group, Math.min(count, MOST_CREATED), attempt);
    return count > MOST_CREATED ? [...made, again(1)] : made;
  }
  const left = refusal.at + REFUSED_MS - context.moment.now;
  return left > 0 ? [again(left)] : create(context, crew.group, 1, attempt);
}

/** More than wanted: first those that do no work, then those that the scheduler can spare. */
function planSurplus(context: Context, { group, active }: Crew): Command[] {
  const surplus = active.length - group.replicas;
  if (surplus <= 0) return [];
  const { ready, starting } = split(active);
  const dismissed = starting.slice(0, surplus);
  const chosen = byUse(context, ready, group.revision?.hash).slice(0, surplus - dismissed.length);
  return [...letGo(context, dismissed, SCALED_DOWN), ...retire(context, chosen, SCALED_DOWN)];
}

const SCALED_DOWN = 'fewer workers are wanted';

/** Those that start: what holds nothing goes first, then the youngest. */
function split(active: readonly Worker[]): { ready: Worker[]; starting: Worker[] } {
  const starting = active.filter(({ state }) => state === 'starting');
  starting.sort((a, b) => Number(a.holding) - Number(b.holding) || b.createdAt - a.createdAt);
  return { ready: active.filter(({ state }) => state === 'ready'), starting };
}

/** Workers that are not ready go at once, unless the scheduler knows one, which then has something to finish. */
function letGo(context: Context, workers: readonly Worker[], reason: string): Command[] {
  const known = workers.filter((worker) => worker.known !== undefined);
  const unknown = workers.filter((worker) => worker.known === undefined);
  return [
    ...unknown.map((worker) => (worker.holding ? drain(worker, reason) : dismiss(worker, reason))),
    ...retire(context, known, reason),
  ];
}

/**
 * Replaces a quarter at a time: new ones first, old ones when new ones are ready. Only when there is no room for new ones (a quota, no
 * node) does the group do with a quarter less meanwhile.
 *
 * 1. Never more than `replicas` and a quarter, counting those that leave.
 * 2. Never fewer ready than `replicas`, or a quarter less where there is no room.
 * 3. What holds nothing is replaced at once.
 */
function planRoll(context: Context, crew: Crew): Step {
  const { replicas } = crew.group;
  const surge = dispensable(replicas);
  const idle = crew.old.filter(({ holding }) => !holding);
  const old = crew.old.filter(({ holding }) => holding);
  const active = crew.active.length - idle.length;
  const current = active - old.length;
  const room = replicas + surge - active - crew.leaving;
  const wanted = Math.max(replicas - active, Math.min(old.length, room));
  const leaving = chooseOld(context, crew, old, surge);
  return {
    count: Math.min(wanted, replicas - current),
    commands: [
      ...idle.map((worker) => dismiss(worker, CHANGED)),
      ...planSurplusOfNew(context, crew, current),
      ...retire(context, leaving, CHANGED),
    ],
  };
}

const CHANGED = 'the spec has changed';

function chooseOld(context: Context, crew: Crew, old: readonly Worker[], surge: number): Worker[] {
  const { replicas } = crew.group;
  const kept = hasNoRoom(context, crew) ? replicas - surge : replicas;
  let dispensed = crew.ready.length - kept;
  let unready = surge - crew.leaving;
  const { ready, starting } = split(old);
  return [...starting.filter(() => unready-- > 0), ...byUse(context, ready).filter(() => dispensed-- > 0)];
}

/** When fewer are wanted than there are new ones already. */
function planSurplusOfNew(context: Context, crew: Crew, current: number): Command[] {
  if (current <= crew.group.replicas) return [];
  return planSurplus(context, {
    ...crew,
    active: crew.active.filter((worker) => !crew.old.includes(worker)),
  });
}

function hasNoRoom({ observed, moment }: Context, { group, active, old }: Crew): boolean {
  const isNew = ({ at }: Refusal) => moment.now - at < 2 * REFUSED_MS;
  if (observed.refusals.some((refusal) => refusal.group === group.name && isNew(refusal))) return true;
  return active.some((worker) => !old.includes(worker) && isUnschedulable(worker.pod));
}
