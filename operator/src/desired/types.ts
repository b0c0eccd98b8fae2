/** What there should be. */
import type { KubeObject } from '../runtime/objects.ts';

export interface Settings {
  /** The image of a cluster that names none. */
  readonly defaultImage: string;
  /** Where the operator runs, for the NetworkPolicy that lets it in. */
  readonly operatorNamespace: string;
}

/** Pods of one role, as they are to be made now: the scheduler, or a group of workers. */
export interface Revision {
  /** Name of its ControllerRevision. */
  readonly name: string;
  /** Hash of what the person wrote; also the annotation taskloom.dev/revision of the pods. */
  readonly hash: string;
  /** Whether the API server has it already, so that pods of it may be made. */
  readonly recorded: boolean;
  /** The rendered pod template. */
  readonly template: PodTemplate;
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface DesiredGroup {
  readonly name: string;
  /** None while the cluster is suspended. */
  readonly replicas: number;
  /** What new pods are made of. Absent when the API server refuses what was written and nothing earlier is there. */
  readonly revision?: Revision | undefined;
}

export interface ToTry {
  /** Name of the ControllerRevision; also that of its trial. */
  readonly key: string;
  readonly pod: KubeObject;
}

export interface Desired {
  /** To be applied as they are, in this order. */
  readonly objects: readonly KubeObject[];
  readonly groups: readonly DesiredGroup[];
  readonly scheduler: { readonly replicas: 0 | 1; readonly revision?: Revision | undefined };
  /** Pods of revisions that have to pass a dry run before anything is made of them. */
  readonly untried: readonly ToTry[];
  /** Those that did not, and when: what they lacked then (a ServiceAccount, a policy's consent) may be there now. */
  readonly refused: readonly (ToTry & { readonly at: number })[];
  /** Why what was written cannot be carried out, for people. */
  readonly objections: readonly { readonly reason: string; readonly message: string }[];
}
