/** Which clusters there are. */
import { conditionOf, isCurrent, TASK_CLUSTERS, type TaskCluster } from './resource.ts';
import { asking, type Target } from './target.ts';

export interface ClusterSummary {
  readonly name: string;
  readonly namespace: string;
  readonly ready: boolean;
  /** Ready workers and those there should be, e.g. `3/4`. */
  readonly workers: string;
  /** Why it is not ready, in words; empty when it is. */
  readonly reason: string;
  readonly createdAt: Date;
}

const PAGE = 500;

export async function summariesOf(target: Target, namespace: string | undefined): Promise<ClusterSummary[]> {
  return asking(target, async () => {
    const all: ClusterSummary[] = [];
    let next: string | undefined;
    do {
      const page = await target.api.list(TASK_CLUSTERS, { namespace }, { limit: PAGE, continue: next });
      all.push(...page.items.map(summaryOf));
      next = page.continue;
    } while (next !== undefined);
    return all;
  });
}

function summaryOf(cluster: TaskCluster): ClusterSummary {
  const { name, namespace = '', creationTimestamp = '' } = cluster.metadata;
  const ready = conditionOf(cluster, 'Ready');
  const is = ready?.status === 'True' && isCurrent(cluster);
  return {
    name,
    namespace,
    ready: is,
    workers: cluster.status?.workersReady ?? '0',
    reason: is ? '' : (ready?.message ?? 'the operator has not seen it yet'),
    createdAt: new Date(creationTimestamp),
  };
}
