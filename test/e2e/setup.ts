/** Before all e2e tests: a cluster with a node, this checkout's images in it, the operator installed by its chart. */
import { type Cluster, clusterDown, clusterNow, clusterUp, whyNoNode } from '../kubernetes/cluster-up.ts';
import { deploy } from '../kubernetes/deploy.ts';
import { buildImages, loadImages } from '../kubernetes/images.ts';

const say = (text: string) => process.stderr.write(`${text}\n`);

export default async function setup(): Promise<() => Promise<void>> {
  const because = await whyNoNode();
  if (because) {
    const said = `No Kubernetes with a node can be had here, so no e2e test runs: ${because} (test/kubernetes/README.md)`;
    if (process.env.CI === 'true') throw new Error(said);
    say(`\n*** ${said} ***\n`);
    return async () => {};
  }
  const present = await clusterNow();
  const cluster: Cluster = present ?? (await clusterUp(say));
  process.env.TASKLOOM_E2E_CLUSTER = JSON.stringify(cluster);
  if (cluster.from !== 'handed-in') {
    await buildImages(say);
    await loadImages(cluster);
  }
  await deploy(cluster);
  return async () => {
    if (!present) await clusterDown();
  };
}
