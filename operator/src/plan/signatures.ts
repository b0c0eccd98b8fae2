/** observe -> desired -> plan -> apply -> status, of which the three in the middle are functions of plain data. */
import type { TaskClusterStatus } from '../crd/resource.ts';
import type { Desired, Settings } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import type { ClusterEvent, Command, Moment } from './types.ts';

export type MakeDesired = (observed: Observed, settings: Settings) => Desired;
/** Empty when the cluster is as it should be, but for a requeueAfter. */
export type MakePlan = (observed: Observed, desired: Desired, moment: Moment) => readonly Command[];
/** Equal to the stored one, to the last byte, when nothing has changed. */
export type MakeStatus = (observed: Observed, desired: Desired, now: number) => TaskClusterStatus;
/** The Events that what was done is worth: of a plan, only that which came true. */
export type Tell = (observed: Observed, done: readonly Command[]) => readonly ClusterEvent[];
/** The Events that a change of status is worth. */
export type Announce = (
  before: TaskClusterStatus | undefined,
  after: TaskClusterStatus,
) => readonly ClusterEvent[];
