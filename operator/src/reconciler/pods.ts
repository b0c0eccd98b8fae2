/** Making and deleting pods, each once: whatever the network does in between, there is never one too many. */
import type { Command } from '../plan/types.ts';
import { isApiError, type KubeObject, keyOf } from '../runtime/index.ts';
import { inGrowingBatches } from './batches.ts';
import { PODS } from './kinds.ts';
import { remember } from './memory.ts';
import type { Turn } from './turn.ts';

type Create = Extract<Command, { kind: 'createPod' }>;
type Delete = Extract<Command, { kind: 'deletePod' }>;

/**
 * All of them, unless a group is refused: the others of that group then wait for the next plan.
 * @param made takes in those that were made, also if a later one fails
 */
export async function createPods(
  turn: Turn,
  commands: readonly Create[],
  made: (command: Create) => void,
): Promise<void> {
  turn.log('creating pods', { count: commands.length });
  const refused = new Set<string>();
  await inGrowingBatches(commands, async (command) => {
    if (refused.has(command.group)) return true;
    if (await create(turn, command.group, command.pod)) {
      made(command);
      return true;
    }
    refused.add(command.group);
    return commands.some((other) => !refused.has(other.group));
  });
}

/** False when the API server does not want it. */
async function create(turn: Turn, group: string, pod: KubeObject): Promise<boolean> {
  const { kube, memory, signal } = turn;
  try {
    settle(turn, await kube.create(PODS, pod as typeof PODS.example & KubeObject, { signal }));
    memory.refusals.delete(group);
    return true;
  } catch (error) {
    // Made by an earlier attempt whose answer was lost.
    if (isApiError(error, 'already-exists')) return (await find(turn, pod)) !== undefined;
    if (isApiError(error, 'forbidden', 'invalid', 'bad-request')) {
      remember(memory.refusals, group, { group, message: error.said, at: turn.wall() });
      return false;
    }
    memory.unsure.set(keyOf(pod), pod);
    throw error;
  }
}

/** Finds out about the pods that may have been made by requests that nobody answered. */
export async function settleUnsure(turn: Turn): Promise<void> {
  for (const [key, pod] of turn.memory.unsure) {
    await find(turn, pod);
    turn.memory.unsure.delete(key);
  }
}

async function find(turn: Turn, { metadata }: KubeObject): Promise<KubeObject | undefined> {
  const pod = await turn.kube.get(PODS, metadata, turn.signal);
  if (pod) settle(turn, pod);
  return pod;
}

function settle({ caches, expectations, key }: Turn, pod: typeof PODS.example & KubeObject): void {
  caches.pods.learn(pod);
  expectations.created(key, pod.metadata.uid ?? '');
}

export async function deletePod(turn: Turn, { pod, graceSeconds, reason }: Delete): Promise<boolean> {
  const { kube, expectations, key, signal, log } = turn;
  const there = await kube.delete(PODS, pod, { uid: pod.uid, graceSeconds, signal });
  if (there) expectations.deleted(key, pod.uid);
  log('deleted a pod', { pod: pod.name, reason });
  return there;
}
