/** What there should be, of what a person wrote and of what is recorded. */
import { DEFAULT_GROUP } from '../crd/names.ts';
import type { TaskCluster } from '../crd/resource.ts';
import type { Observed } from '../observed/types.ts';
import type { KubeObject } from '../runtime/objects.ts';
import { groupBudget, schedulerBudget } from './budget.ts';
import { networkPolicy } from './network-policy.ts';
import { type Choice, choose, type RoleWords } from './revisions.ts';
import { schedulerPod } from './scheduler-pod.ts';
import { schedulerTemplate } from './scheduler-template.ts';
import { service } from './service.ts';
import { serviceAccount } from './service-account.ts';
import { statefulSet } from './stateful-set.ts';
import type { Desired, DesiredGroup, Revision, Settings, ToTry } from './types.ts';
import { workerPod } from './worker-pod.ts';
import { type GroupSpec, workerTemplate } from './worker-template.ts';

export const SCHEDULER = 'scheduler';

export function desired(observed: Observed, settings: Settings): Desired {
  const { cluster } = observed;
  const specs = groupsOf(cluster);
  const chosen = new Map(wordsOf(cluster, specs, settings).map((one) => [one.role, choose(observed, one)]));
  const revisionOf = (role: string) => chosen.get(role)?.revision;
  const groups = specs.map(
    (group): DesiredGroup => ({
      name: group.name,
      replicas: cluster.spec.suspend ? 0 : group.replicas,
      revision: revisionOf(group.name),
    }),
  );
  const scheduler = { replicas: cluster.spec.suspend ? 0 : 1, revision: revisionOf(SCHEDULER) } as const;
  return {
    objects: objectsOf(observed, settings, groups, scheduler, [...chosen.values()]),
    groups,
    scheduler,
    untried: [...chosen].flatMap(([role, choice]) =>
      choice.verdict === 'untried' ? trialOf(cluster, role, choice.candidate) : [],
    ),
    refused: [...chosen].flatMap(([role, choice]) =>
      choice.verdict === 'refused' ? { ...trialOf(cluster, role, choice.candidate), at: choice.at } : [],
    ),
    objections: [...chosen].flatMap(([role, choice]) => objectionsTo(role, choice)),
  };
}

export const groupsOf = ({ spec }: TaskCluster): GroupSpec[] => [
  { name: DEFAULT_GROUP, ...spec.workers },
  ...(spec.workerGroups ?? []),
];

function wordsOf(cluster: TaskCluster, groups: readonly GroupSpec[], settings: Settings): RoleWords[] {
  const { image, imagePullPolicy, imagePullSecrets, scheduler = {} } = cluster.spec;
  const all = { image, imagePullPolicy, imagePullSecrets };
  const today = image ?? settings.defaultImage;
  const { service: _, ...ofScheduler } = scheduler;
  return [
    {
      role: SCHEDULER,
      words: { ...all, ...ofScheduler },
      render: () => schedulerTemplate(cluster, today),
    },
    ...groups.map((group) => {
      const { name, replicas: __, ...ofGroup } = group;
      return {
        role: name,
        words: { ...all, ...ofGroup },
        render: () => workerTemplate(cluster, group, today),
      };
    }),
  ];
}

function objectsOf(
  { cluster, scheduler: view }: Observed,
  settings: Settings,
  groups: readonly DesiredGroup[],
  scheduler: Desired['scheduler'],
  choices: readonly Choice[],
): KubeObject[] {
  const idle = view.known && view.status.idleMs !== null;
  const candidates: readonly (KubeObject | undefined)[] = [
    serviceAccount(cluster),
    ...choices.map(({ record }) => record),
    networkPolicy(cluster, settings),
    service(cluster),
    scheduler.revision && statefulSet(cluster, scheduler.revision, scheduler.replicas),
    scheduler.replicas === 1 ? schedulerBudget(cluster, idle) : undefined,
    ...groups.map(({ name, replicas }) => groupBudget(cluster, name, replicas)),
  ];
  return candidates.filter((object) => object !== undefined);
}

function trialOf(cluster: TaskCluster, role: string, candidate: Revision): ToTry {
  const name = `${cluster.metadata.name}-${role}-trial`;
  const pod =
    role === SCHEDULER ? schedulerPod(cluster, candidate, name) : workerPod(cluster, candidate, name);
  return { key: candidate.name, pod };
}

function objectionsTo(role: string, choice: Choice): Desired['objections'] {
  if (choice.verdict !== 'refused') return [];
  const place =
    role === SCHEDULER ? 'spec.scheduler' : role === DEFAULT_GROUP ? 'spec.workers' : `group ${role}`;
  return [{ reason: 'PodRefused', message: `${place}: ${choice.because}` }];
}
