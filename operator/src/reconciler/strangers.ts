/** What has a name that we want and is not watched, because it does not say that it is ours: it is looked at again until it is gone. */
import type { KubeObject } from '../runtime/index.ts';
import { kindOf } from './kinds.ts';
import type { Turn } from './turn.ts';

/** How old news of a stranger may be, in milliseconds. */
const FRESH_MS = 1_000;

/** By kind and name. */
export const refOf = ({ kind, metadata: { name } }: KubeObject) => `${kind} ${name}`;

/** @param object with its kind */
export const meet = ({ memory, now }: Turn, object: KubeObject): void =>
  void memory.strangers.set(refOf(object), { object, at: now() });

/** Those that are gone are forgotten: their names are free. */
export async function lookAtStrangers(turn: Turn): Promise<void> {
  const { memory, kube, now, signal } = turn;
  for (const [ref, { object, at }] of memory.strangers) {
    if (now() - at < FRESH_MS) continue;
    const { apiVersion, kind } = object;
    const there = await kube.get(kindOf(object), object.metadata, signal);
    if (there) meet(turn, { ...there, apiVersion, kind } as KubeObject);
    else memory.strangers.delete(ref);
  }
}
