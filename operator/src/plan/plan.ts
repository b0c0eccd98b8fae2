/** What is to be done so that there is what there should be. Nothing, when there is. */
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import { again, contextOf } from './context.ts';
import { planGroups } from './groups.ts';
import { planIdle } from './idle.ts';
import { planLogs } from './logs.ts';
import { planMissingScheduler } from './missing-scheduler.ts';
import { leftBefore, planLeftovers, planObjects } from './objects.ts';
import { planScheduler } from './scheduler.ts';
import { planTrials } from './trials.ts';
import type { Command, Moment } from './types.ts';

export function plan(observed: Observed, desired: Desired, moment: Moment): readonly Command[] {
  // All that belongs to it goes with it, by its owner.
  if (observed.cluster.metadata.deletionTimestamp) return [];
  const context = contextOf(observed, desired, moment);
  const objects = planObjects(context);
  // Pods that began now would find the Secrets, and the scheduler, of the cluster that goes.
  if (leftBefore(observed, desired).length > 0) return inOrder(objects);
  const trials = [...planTrials(context), ...planMissingScheduler(context)];
  if (trials.some(({ kind }) => kind === 'dryRun')) return [...objects, ...trials];
  const idle = planIdle(context);
  // Whatever else was wanted of it is no longer.
  if (idle.some(({ kind }) => ENDS.has(kind))) return idle;
  const commands = oneThingAtATime([
    ...objects,
    ...planScheduler(context),
    ...planGroups(context),
    ...planLeftovers(context),
    ...planLogs(context),
    ...trials,
    ...idle,
  ]);
  return inOrder(commands);
}

/** After an answer there is another plan, which must not do again what the cache does not show yet: the question waits its turn. */
function oneThingAtATime(commands: readonly Command[]): Command[] {
  if (!commands.some(({ kind }) => POD_WRITES.has(kind))) return [...commands];
  return commands.map((command) => (command.kind === 'rank' ? again(1) : command));
}

const ENDS: ReadonlySet<string> = new Set(['deleteCluster', 'suspendCluster']);
const POD_WRITES: ReadonlySet<string> = new Set(['annotatePod', 'deletePod', 'createPod']);

/** What makes room comes before what needs it. */
const ORDER: readonly Command['kind'][] = ['apply', 'annotatePod', 'retire', 'deletePod', 'createPod'];
const rank = ({ kind }: Command) => {
  const place = ORDER.indexOf(kind);
  return place < 0 ? ORDER.length : place;
};

function inOrder(commands: readonly Command[]): Command[] {
  const waits = commands.flatMap((command) => (command.kind === 'requeueAfter' ? [command.ms] : []));
  const rest = commands.filter(({ kind }) => kind !== 'requeueAfter');
  const sorted = rest.sort((a, b) => rank(a) - rank(b));
  return waits.length > 0 ? [...sorted, { kind: 'requeueAfter', ms: Math.min(...waits) }] : sorted;
}
