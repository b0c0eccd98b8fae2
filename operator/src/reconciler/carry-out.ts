/** The hands of the plan: one function for each kind of command. They decide nothing, and what they did is told. */
import { isOwned } from '../desired/labels.ts';
import { drifted } from '../plan/drift.ts';
import type { ClusterEvent, Command } from '../plan/types.ts';
import { apiVersionOf, isApiError, type KubeObject } from '../runtime/index.ts';
import { kindOf, PODS, TASK_CLUSTERS } from './kinds.ts';
import { remember } from './memory.ts';
import { createPods, deletePod } from './pods.ts';
import { putRight } from './put-right.ts';
import { meet, refOf } from './strangers.ts';
import type { Turn } from './turn.ts';

type Of<K extends Command['kind']> = Extract<Command, { kind: K }>;

/** What the plan learns by being carried out. */
export interface Outcome {
  /** Something came to light that changes the plan: make another. */
  again: boolean;
  ranking: readonly string[] | undefined;
  againAfterMs: number | undefined;
}

/** Answers false when there was nothing to be done any more. */
type Hand<K extends Command['kind']> = (turn: Turn, command: Of<K>, outcome: Outcome) => unknown;

const HANDS: { readonly [K in Command['kind']]: Hand<K> } = {
  apply,
  dryRun,
  createPod: (turn, command) => createPods(turn, [command], () => {}),
  annotatePod,
  retire,
  rank,
  deletePod,
  delete: remove,
  deleteCluster,
  suspendCluster,
  readLog,
  requeueAfter: (_turn, { ms }, outcome) => {
    outcome.againAfterMs = Math.min(ms, outcome.againAfterMs ?? ms);
  },
};

/** @param worth the Events that deeds are worth; they are told even if a later deed fails */
export async function carryOut(
  turn: Turn,
  commands: readonly Command[],
  worth: (done: readonly Command[]) => readonly ClusterEvent[],
): Promise<Outcome> {
  const outcome: Outcome = { again: false, ranking: undefined, againAfterMs: undefined };
  const done: Command[] = [];
  try {
    await each(turn, commands, outcome, (command) => done.push(command));
  } finally {
    for (const event of worth(done)) tell(turn, event);
  }
  return outcome;
}

async function each(
  turn: Turn,
  commands: readonly Command[],
  outcome: Outcome,
  did: (command: Command) => void,
): Promise<void> {
  for (let at = 0; at < commands.length; at++) {
    const creates: Of<'createPod'>[] = [];
    for (let next = commands[at]; next?.kind === 'createPod'; next = commands[++at]) creates.push(next);
    if (creates.length > 0) await createPods(turn, creates, did);
    const command = commands[at];
    if (!command) break;
    if (needsIdle(command) && !(await isStillIdle(turn))) {
      // What stands behind it may not come true.
      outcome.again = true;
      break;
    }
    const hand = HANDS[command.kind] as Hand<Command['kind']>;
    if ((await hand(turn, command, outcome)) !== false) did(command);
  }
}

/** Never takes what is somebody else's: the plan is told of it instead. */
async function apply(turn: Turn, { object }: Of<'apply'>, outcome: Outcome): Promise<void> {
  const { kube, caches, memory, signal } = turn;
  const kind = kindOf(object);
  const ref = refOf(object);
  const there = caches.child(object) ?? (await kube.get(kind, object.metadata, signal));
  if (there && !isOwned(there, turn.cluster)) {
    meet(turn, { ...there, apiVersion: apiVersionOf(kind), kind: kind.kind });
    outcome.again = true;
    return;
  }
  memory.strangers.delete(ref);
  if (isAsGoodAsItGets(turn, ref, object)) return;
  const applied = await putRight(kube, kind, object, there, signal);
  caches.learn(applied);
  turn.log('applied', { object: ref });
  if (drifted(object, applied) === undefined) return;
  const { resourceVersion } = applied.metadata;
  remember(memory.asGoodAsItGets, ref, { said: JSON.stringify(object), resourceVersion });
}

/** It was said before and did not become so; nothing has changed since. */
function isAsGoodAsItGets({ caches, memory }: Turn, ref: string, object: KubeObject): boolean {
  const known = memory.asGoodAsItGets.get(ref);
  const there = caches.child(object);
  if (!known || there?.metadata.resourceVersion !== known.resourceVersion) return false;
  return known.said === JSON.stringify(object);
}

async function dryRun(turn: Turn, { key, pod }: Of<'dryRun'>, outcome: Outcome): Promise<void> {
  const { kube, memory, signal } = turn;
  outcome.again = true;
  try {
    await kube.create<KubeObject>(PODS, pod, { signal, dryRun: true, strict: true });
    remember(memory.trials, key, { at: turn.wall() });
  } catch (error) {
    if (!isApiError(error, 'forbidden', 'invalid', 'bad-request')) throw error;
    remember(memory.trials, key, { at: turn.wall(), refusal: error.said });
  }
}

async function annotatePod(turn: Turn, { pod, annotations }: Of<'annotatePod'>): Promise<boolean> {
  const { kube, caches, signal } = turn;
  try {
    const patch = { metadata: { uid: pod.uid, annotations } };
    caches.pods.learn(await kube.merge(PODS, pod, patch, { signal }));
    return true;
  } catch (error) {
    // It went while we spoke, and the watch will tell.
    if (!isApiError(error, 'not-found', 'conflict')) throw error;
    return false;
  }
}

/** How soon a worker may have drained, in milliseconds. */
const DRAINING_MS = 250;

async function retire(turn: Turn, { workers }: Of<'retire'>): Promise<void> {
  const { schedulers, admin, key, signal } = turn;
  const address = schedulers.address(key);
  if (!address) return;
  try {
    await admin.retire(address, workers, signal);
    schedulers.hurry(key, DRAINING_MS);
  } catch (error) {
    unanswered(turn, error);
  }
}

async function rank(turn: Turn, { among, count }: Of<'rank'>, outcome: Outcome): Promise<void> {
  const { schedulers, admin, key, signal } = turn;
  outcome.again = true;
  const address = schedulers.address(key);
  outcome.ranking = [];
  if (!address) return;
  try {
    outcome.ranking = await admin.cheapest(address, among, count, signal);
  } catch (error) {
    unanswered(turn, error);
  }
}

/** A scheduler that does not answer stops nothing: it is unknown, and asked again. */
function unanswered({ signal, schedulers, key, log }: Turn, error: unknown): void {
  signal.throwIfAborted();
  log('the scheduler did not answer', { error: String(error) });
  schedulers.hurry(key, 0);
}

async function remove(turn: Turn, { object, reason }: Of<'delete'>): Promise<void> {
  const { kube, signal, log } = turn;
  await kube.delete(kindOf(object), object.metadata, { uid: object.metadata.uid, signal });
  log('deleted', { object: refOf(object), reason });
}

const needsIdle = (command: Command): boolean =>
  command.kind === 'deleteCluster' ||
  command.kind === 'suspendCluster' ||
  (command.kind === 'deletePod' && command.whileIdle === true);

/**
 * What we know of the scheduler may be older than the client or the work that just came: it is asked once more before they would be lost,
 * also when it was asked half a second ago. One of which nothing is known has nothing to lose that is known.
 */
async function isStillIdle({ schedulers, key }: Turn): Promise<boolean> {
  const before = schedulers.view(key);
  if (!before?.known) return true;
  await schedulers.ask(key);
  const now = schedulers.view(key);
  if (!now?.known || now.status.idleMs === null) return false;
  // Or somebody came and went meanwhile.
  return now.status.idleMs >= (before.status.idleMs ?? 0);
}

async function deleteCluster(turn: Turn, { reason }: Of<'deleteCluster'>): Promise<void> {
  await turn.kube.delete(TASK_CLUSTERS, turn.cluster.metadata, { uid: turn.memory.uid, signal: turn.signal });
  turn.log('deleted the cluster', { reason });
}

async function suspendCluster(turn: Turn, { reason }: Of<'suspendCluster'>): Promise<void> {
  const { kube, cluster, signal } = turn;
  const { uid, resourceVersion } = cluster.metadata;
  const patch = { metadata: { uid, resourceVersion }, spec: { suspend: true } };
  turn.caches.clusters.learn(await kube.merge(TASK_CLUSTERS, cluster.metadata, patch, { signal }));
  turn.log('suspended the cluster', { reason });
}

const LOG_LINES = 10;
const LOG_BYTES = 2_048;

async function readLog(turn: Turn, command: Of<'readLog'>): Promise<void> {
  const { pod, container, previous, key } = command;
  const options = { container, previous, tailLines: LOG_LINES, limitBytes: LOG_BYTES, signal: turn.signal };
  let text = '';
  try {
    text = await turn.kube.log(pod, options);
  } catch (error) {
    turn.signal.throwIfAborted();
    turn.log('no last words could be had', { pod: pod.name, error: String(error) });
  }
  remember(turn.memory.logs, key, text.trim());
}

export function tell({ recorder, cluster, memory }: Turn, event: ClusterEvent): void {
  const { namespace = '', name } = cluster.metadata;
  const { type, reason, action, note } = event;
  const regarding = {
    apiVersion: apiVersionOf(TASK_CLUSTERS),
    kind: TASK_CLUSTERS.kind,
    ...{ namespace, name, uid: memory.uid },
  };
  recorder.record({ regarding, type, reason, action, note });
}
