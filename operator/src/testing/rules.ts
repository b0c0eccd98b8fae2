/** What a plan may never do, whatever has happened: each is checked against what was observed, and what is. */
import { dispensable } from '../desired/budget.ts';
import type { Pod } from '../observed/pod.ts';
import { RETIRING, time, type Worker, workerOf } from '../observed/worker.ts';
import { UNKNOWN_MS } from '../plan/limits.ts';
import { type Done, groupOf, type World } from './world.ts';

type Of<K extends Done['kind']> = Extract<Done, { kind: K }>;

/** Taken before the plan is carried out. */
export interface Before {
  readonly shown: readonly Pod[];
  readonly active: ReadonlyMap<string, number>;
  readonly ready: ReadonlyMap<string, number>;
  /** The scheduler has been up, so somebody may use the cluster. */
  readonly served: boolean;
}

export function before(world: World): Before {
  const shown = world.shown();
  return {
    shown,
    active: counts(world, world.workers(), ({ state }) => state === 'ready' || state === 'starting'),
    ready: counts(world, shown, ({ state }) => state === 'ready'),
    served: world.served,
  };
}

function counts(world: World, pods: readonly Pod[], which: (worker: Worker) => boolean): Map<string, number> {
  const { scheduler } = world.observe();
  const found = new Map<string, number>();
  for (const pod of pods) {
    const group = groupOf(pod);
    if (group === undefined || !which(workerOf(pod, scheduler))) continue;
    found.set(group, (found.get(group) ?? 0) + 1);
  }
  return found;
}

export const RULES: Readonly<
  Record<string, (world: World, was: Before, done: readonly Done[]) => string | undefined>
> = {
  'never makes more pods than wanted and a quarter': (world, was, done) => {
    if (only(done, 'createPod').length === 0) return undefined;
    const now = before(world).active;
    for (const { name, replicas } of world.desired().groups) {
      const most = Math.max(was.active.get(name) ?? 0, replicas + dispensable(replicas));
      if ((now.get(name) ?? 0) > most) return `${now.get(name)} of ${replicas} in ${name}`;
    }
    return undefined;
  },

  'never lets more ready workers go than the group can do without': (world, was, done) => {
    const gone = new Set(
      [...only(done, 'annotatePod'), ...only(done, 'deletePod')].map(({ pod }) => pod.uid),
    );
    const left = was.shown.filter(({ metadata }) => !gone.has(metadata.uid ?? ''));
    const now = counts(world, left, ({ state }) => state === 'ready');
    for (const { name, replicas } of world.desired().groups) {
      const least = Math.min(was.ready.get(name) ?? 0, replicas - dispensable(replicas));
      if ((now.get(name) ?? 0) < least)
        return `${now.get(name) ?? 0} of ${least} left in ${name} by ${kinds(done)}`;
    }
    return undefined;
  },

  'never deletes a ready worker that has not drained, before its time is over': (world, was, done) => {
    if (world.cluster.spec.suspend || world.deleted) return undefined;
    for (const { pod } of only(done, 'deletePod')) {
      const seen = was.shown.find(({ metadata }) => metadata.uid === pod.uid);
      if (seen && groupOf(seen) !== undefined && !mayGo(world, workerOf(seen, world.observe().scheduler)))
        return pod.name;
    }
    return undefined;
  },

  'never replaces a scheduler that has clients or work, or that runs and does not answer': (
    world,
    was,
    done,
  ) => {
    const seen = was.shown.find(({ metadata }) => metadata.name === world.schedulerPod?.metadata.name);
    const taken = only(done, 'deletePod').some(({ pod }) => pod.uid === seen?.metadata.uid);
    if (!taken || world.cluster.spec.suspend) return undefined;
    const status = seen?.status?.containerStatuses?.[0];
    const broken = !status?.ready && (status?.state?.running === undefined || (status.restartCount ?? 0) > 0);
    const busy = world.clients + world.tasks.running + world.tasks.waiting > 0;
    return !broken && (!world.answers || busy) ? 'the scheduler' : undefined;
  },

  'never deletes or suspends the cluster while it is used, or nobody knows': (world, { served }, done) => {
    const ends = done.some(({ kind }) => kind === 'deleteCluster' || kind === 'suspendCluster');
    const { clients, tasks, answers } = world;
    return ends && served && (!answers || clients > 0 || tasks.running > 0) ? 'the cluster' : undefined;
  },

  'makes and deletes no pod twice': (_world, _was, done) => {
    const names = [...only(done, 'createPod'), ...only(done, 'deletePod')].map(({ pod }) => nameOf(pod));
    return names.find((name, i) => names.indexOf(name) !== i);
  },
};

const only = <K extends Done['kind']>(commands: readonly Done[], kind: K) =>
  commands.filter((command): command is Of<K> => command.kind === kind);
const nameOf = (pod: { readonly name: string } | { readonly metadata: { readonly name: string } }) =>
  'name' in pod ? pod.name : pod.metadata.name;
const kinds = (commands: readonly Done[]) => commands.map(({ kind }) => kind).join(', ');

function mayGo(world: World, { state, holding, known, pod }: Worker): boolean {
  if (state === 'ended' || !holding) return true;
  const silentMs = world.answers ? 0 : world.now - world.silentSince;
  if (state === 'starting' && known === undefined) return true;
  if (state === 'ready') return silentMs >= UNKNOWN_MS;
  const since = time(pod.metadata.annotations?.[RETIRING]);
  const late = world.now - since >= world.cluster.spec.drainSeconds * 1000;
  return late || known?.state === 'drained' || (known === undefined && world.now - since >= UNKNOWN_MS);
}
