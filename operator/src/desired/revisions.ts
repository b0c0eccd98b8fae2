/** Which revision of each role there should be: the recorded one of today's words, one made now, or the last that was accepted. */
import type { TaskCluster } from '../crd/resource.ts';
import { isQuota } from '../observed/quota.ts';
import type { Observed } from '../observed/types.ts';
import {
  type ControllerRevision,
  controllerRevision,
  isRevision,
  ROLE,
  revisionName,
} from './controller-revision.ts';
import { hashOf } from './hash.ts';
import { isOwned } from './labels.ts';
import type { PodTemplate, Revision } from './types.ts';

export interface RoleWords {
  /** A group, or `scheduler`. */
  readonly role: string;
  /** Whatever of the spec changes these pods. */
  readonly words: unknown;
  readonly render: () => PodTemplate;
}

export type Choice = {
  /** What pods are made of now. */
  readonly revision?: Revision;
  /** To be recorded. */
  readonly record?: ControllerRevision;
} & (
  | { readonly verdict: 'accepted' }
  | { readonly verdict: 'untried'; readonly candidate: Revision }
  | {
      readonly verdict: 'refused';
      readonly candidate: Revision;
      readonly because: string;
      readonly at: number;
    }
);

export function choose({ cluster, children, trials }: Observed, { role, words, render }: RoleWords): Choice {
  const hash = hashOf(words);
  const name = revisionName(cluster, role, hash);
  const recorded = recordedOf(cluster, children, role);
  const same = recorded.find(({ metadata }) => metadata.name === name);
  const last = recorded.at(-1);
  const next = (last?.revision ?? 0) + 1;
  if (same) {
    // Chosen again it is the last once more: that is what stays when the next one is refused.
    const number = same === last ? same.revision : next;
    return { verdict: 'accepted', ...used(same), record: rewritten(cluster, role, same, number) };
  }
  const candidate: Revision = { name, hash, recorded: false, template: render() };
  const trial = trials[name];
  if (!trial) return { verdict: 'untried', candidate, ...used(last) };
  const { at, refusal } = trial;
  // A quota is no fault of the template: pods of it can be made when there is room.
  if (refusal !== undefined && !isQuota(refusal))
    return { verdict: 'refused', candidate, because: refusal, at, ...used(last) };
  const record = controllerRevision(cluster, role, candidate, next);
  return { verdict: 'accepted', revision: candidate, record };
}

/** Oldest first. */
const recordedOf = (cluster: TaskCluster, children: Observed['children'], role: string) =>
  children
    .filter(isRevision)
    .filter((one) => one.metadata.labels?.[ROLE] === role && isOwned(one, cluster) && one.data)
    .sort((a, b) => a.revision - b.revision);

function used(recorded: ControllerRevision | undefined): { revision?: Revision } {
  if (!recorded?.data) return {};
  const { name } = recorded.metadata;
  const hash = name.slice(name.lastIndexOf('.') + 1);
  return { revision: { name, hash, recorded: true, template: recorded.data.template } };
}

/** The same again, so that its labels and its owner stay what they are. */
const rewritten = (
  cluster: TaskCluster,
  role: string,
  { metadata, data }: ControllerRevision,
  revision: number,
) => controllerRevision(cluster, role, { name: metadata.name, template: data!.template }, revision);
