// From 2 workers to more, from the change of the number on.
import { KubeCluster } from '@taskloom/client/kubernetes';
import type { TaskCluster } from '@taskloom/operator/crd';
import { GROUP, KIND, PLURAL, VERSION } from '@taskloom/operator/crd';
import { resource } from '@taskloom/operator/runtime';
import { figure } from '../contenders/speak.ts';
import { Api, Followed } from './followed.ts';
import { cluster, kubectl, place } from './place.ts';

const BEFORE = 2;
const TASK_CLUSTERS = resource<TaskCluster>(`${GROUP}/${VERSION}`, KIND, PLURAL);

export async function scale(workers: number): Promise<void> {
  const at = place();
  await cluster(at, 'scale', BEFORE);
  await using joined = await KubeCluster.connect('scale', at);
  const client = joined.client();
  await client.waitForWorkers(BEFORE);
  using api = new Api(at);
  await using followed = await Followed.start(api.client, { ...at, of: TASK_CLUSTERS, name: 'scale' });
  const began = performance.now();
  const scheduler = client.waitForWorkers(workers).then(() => performance.now());
  await kubectl(at, 'scale', 'taskcluster/scale', `--replicas=${workers}`);
  const status = await followed.until((object) => object.status?.workersReady === `${workers}/${workers}`);
  if (!status) throw new Error(`the status did not say that all ${workers} workers are connected`);
  figure('scale.seconds', (status.at - began) / 1000);
  figure('scale.scheduler', ((await scheduler) - began) / 1000);
}
