// The works of one machine, by a client outside of Kubernetes: all it says and hears passes through a port-forward.
import { KubeCluster } from '@taskloom/client/kubernetes';
import { workOf } from '../contenders/speak.ts';
import { works } from '../contenders/taskloom_works.ts';
import { cluster, place } from './place.ts';

const WORKERS = 2;

export const forwarded = (work: string) => async (size: number) => {
  const at = place();
  await cluster(at, work, WORKERS);
  await using joined = await KubeCluster.connect(work, at);
  const client = joined.client();
  await client.waitForWorkers(WORKERS);
  await workOf(works, work)(client, size);
};
