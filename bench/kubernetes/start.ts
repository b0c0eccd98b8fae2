// A script on somebody's laptop, from the start of its process to its first result; the cluster goes with it.
import { KubeCluster } from '@taskloom/client/kubernetes';
import { figure } from '../contenders/speak.ts';

export async function start(workers: number): Promise<void> {
  const namespace = process.env.TASKLOOM_BENCH_NAMESPACE ?? 'default';
  await using cluster = await KubeCluster.create({ name: 'start', namespace, workers });
  const square = (x: number) => x * x;
  await cluster.client().submit(square, 7);
  // Since the process began.
  figure('start.seconds', performance.now() / 1000);
}
