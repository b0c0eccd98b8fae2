/** What every part of the plan looks at. */
import type { Desired } from '../desired/types.ts';
import type { Observed } from '../observed/types.ts';
import { type Worker, workerOf } from '../observed/worker.ts';
import type { Command, Moment, PodRef } from './types.ts';

export interface Context {
  readonly observed: Observed;
  readonly desired: Desired;
  readonly moment: Moment;
  readonly workers: readonly Worker[];
}

export const contextOf = (observed: Observed, desired: Desired, moment: Moment): Context => ({
  observed,
  desired,
  moment,
  workers: observed.workers.map((pod) => workerOf(pod, observed.scheduler)),
});

export const refOf = ({ pod: { metadata } }: Pick<Worker, 'pod'>): PodRef => ({
  name: metadata.name,
  namespace: metadata.namespace ?? '',
  uid: metadata.uid ?? '',
});

export const again = (ms: number): Command => ({ kind: 'requeueAfter', ms: Math.max(1, Math.ceil(ms)) });
