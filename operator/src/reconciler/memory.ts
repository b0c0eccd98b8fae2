/** What the operator knows of a cluster beside what the API server has: answers, refusals, last words. Gone with the process, found out anew. */
import type { AdminStatus, Refusal, SchedulerView, Trial } from '../observed/index.ts';
import type { KubeObject } from '../runtime/index.ts';

export interface Door {
  readonly ca: string;
  readonly token: string;
}

/** What was said, and the version of the object that this became. */
export interface Applied {
  readonly said: string;
  readonly resourceVersion: string | undefined;
}

export interface Stranger {
  readonly object: KubeObject;
  /** When it was looked at, on the clock that only grows. */
  readonly at: number;
}

export interface Memory {
  /** Of the cluster that this is about; a namesake begins anew. */
  readonly uid: string;
  readonly trials: Map<string, Trial>;
  readonly refusals: Map<string, Refusal>;
  readonly logs: Map<string, string>;
  /** What has the name of a child of ours, is somebody else's and is not watched, by kind and name. */
  readonly strangers: Map<string, Stranger>;
  /** Objects that are as good as applying makes them, by kind and name: an admission webhook has the last word. */
  readonly asGoodAsItGets: Map<string, Applied>;
  /** Pods whose creation was answered by nobody: they may be there. */
  readonly unsure: Map<string, KubeObject>;
  readonly secrets: {
    checkedAt: number;
    fault: string | undefined;
    /** Those of an earlier cluster of this name, by kind and name; they will be gone. */
    leaving: readonly string[];
    door: Door | undefined;
  };
  /** Since when the scheduler has had no address, while it has none; milliseconds since the epoch. */
  nowhereSince: number | undefined;
  /** The last write of the status, on the clock that only grows. */
  statusAt: number;
}

/** More than a cluster has at a time; the oldest go first. */
const MOST = 100;

export function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST) return;
    map.delete(oldest);
  }
}

export const emptyMemory = (uid: string): Memory => ({
  uid,
  trials: new Map(),
  refusals: new Map(),
  logs: new Map(),
  strangers: new Map(),
  asGoodAsItGets: new Map(),
  unsure: new Map(),
  secrets: { checkedAt: Number.NEGATIVE_INFINITY, fault: undefined, leaving: [], door: undefined },
  nowhereSince: undefined,
  statusAt: Number.NEGATIVE_INFINITY,
});

/** Equal but for how long it has been idle. */
export const saysTheSame = (a: SchedulerView, b: SchedulerView): boolean => {
  if (!a.known || !b.known) return a.known === b.known;
  const { idleMs: idleA, ...restA } = a.status;
  const { idleMs: idleB, ...restB } = b.status;
  return (idleA === null) === (idleB === null) && sameStatus(restA, restB);
};

/** Both come from the same parser, so their fields stand in the same order. */
const sameStatus = (a: Omit<AdminStatus, 'idleMs'>, b: Omit<AdminStatus, 'idleMs'>) =>
  JSON.stringify(a) === JSON.stringify(b);
