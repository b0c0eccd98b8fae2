/** A cluster with a node, this checkout's images in it, the operator installed by its chart. */
import { type Cluster, clusterDown, clusterNow, clusterUp } from './cluster-up.ts';
import { deploy } from './deploy.ts';
import { buildImages, loadImages } from './images.ts';

export interface Installed {
  readonly cluster: Cluster;
  /** Takes the cluster down, unless it was up before. */
  end(): Promise<void>;
}

export async function installed(say: (text: string) => void): Promise<Installed> {
  const present = await clusterNow();
  const cluster = present ?? (await clusterUp(say));
  if (cluster.from !== 'handed-in') {
    await buildImages(say);
    await loadImages(cluster);
  }
  await deploy(cluster);
  const end = async () => {
    if (!present) await clusterDown();
  };
  return { cluster, end };
}
