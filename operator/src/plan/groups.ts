/** All workers: one group rolls at a time, in the order of the spec; what belongs to no group that is wanted goes. */
import type { DesiredGroup } from '../desired/types.ts';
import type { Context } from './context.ts';
import { type Crew, crewOf, planGroup } from './group.ts';
import { dismiss } from './leaving.ts';
import type { Command } from './types.ts';

export function planGroups(context: Context): Command[] {
  const { cluster, scheduler } = context.observed;
  if (cluster.spec.suspend) return planSuspended(context);
  const crews = crewsOf(context);
  const asked = scheduler.known && !context.moment.ranking ? crews.filter(hasToChoose) : [];
  const among = asked.flatMap(({ ready }) => ready.map(({ name }) => name));
  const rolling = crews.find(({ old, group }) => old.length > 0 && group.replicas > 0);
  return [
    // Those wait for the answer; the others for nothing.
    ...crews
      .filter((crew) => !asked.includes(crew))
      .flatMap((crew) => planGroup(context, crew, crew === rolling)),
    ...(among.length > 0 ? [{ kind: 'rank', among, count: among.length } as const] : []),
  ];
}

export function crewsOf({ desired, workers, moment }: Context): Crew[] {
  const names = new Set(desired.groups.map(({ name }) => name));
  const strange = new Set(workers.map(({ group }) => group).filter((group) => !names.has(group)));
  const gone = [...strange].map((name): DesiredGroup => ({ name, replicas: 0 }));
  return [...desired.groups, ...gone].map((group) => crewOf(group, workers, moment.now));
}

/** More ready workers than wanted, of which some stay: the scheduler says which. */
function hasToChoose({ group, ready }: Crew): boolean {
  return ready.length > group.replicas && group.replicas > 0;
}

/** At once: there will be no scheduler that could take anything over. */
function planSuspended({ workers }: Context): Command[] {
  return workers
    .filter(({ state }) => state !== 'going')
    .map((worker) => dismiss(worker, 'the cluster is suspended'));
}
