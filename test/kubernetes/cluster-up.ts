/** One Kubernetes with a node for this machine: `make cluster-up` makes it, `make e2e` finds it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { allCompiled, CACHE, goVersion } from './binaries.ts';
import { handedIn } from './handed-in.ts';
import { createKind, deleteKind, kindWorks, loadIntoKind, pauseApiServer } from './kind.ts';
import { kubectl } from './kubectl.ts';
import { Daemons } from './node/daemons.ts';
import { nodeDown } from './node/down.ts';
import { onPath } from './node/packages.ts';
import { loadIntoNode, NODE_PROGRAMS, nodeUp } from './node/up.ts';
import { KubernetesUnavailable } from './unavailable.ts';

export const STATE = process.env.TASKLOOM_CLUSTER ?? join(CACHE, 'cluster');
const RECORD = join(STATE, 'cluster.json');
const KIND_NAME = 'taskloom';
const READY_MS = 120_000;

export interface Cluster {
  readonly kubeconfig: string;
  readonly from: 'handed-in' | 'kind' | 'compiled';
}

/** The cluster that is up, if one is. */
export async function clusterNow(): Promise<Cluster | undefined> {
  const own = await recorded();
  // After `export KUBECONFIG=...`, as `up` advises, it is still the one that was made here.
  if (own && [undefined, '', own.kubeconfig].includes(process.env.KUBECONFIG)) {
    return (await answers(own)) ? own : undefined;
  }
  const kubeconfig = await handedIn();
  return kubeconfig ? { kubeconfig, from: 'handed-in' } : undefined;
}

async function recorded(): Promise<Cluster | undefined> {
  return existsSync(RECORD) ? JSON.parse(await readFile(RECORD, 'utf8')) : undefined;
}

/** Brings one up, unless one is. What a crash has left behind is removed first. */
export async function clusterUp(say: (text: string) => void): Promise<Cluster> {
  const found = await clusterNow();
  if (found) return found;
  await clusterDown();
  const cluster = await make(say);
  await mkdir(STATE, { recursive: true, mode: 0o700 });
  await writeFile(RECORD, JSON.stringify(cluster));
  await untilReady(cluster);
  return cluster;
}

export async function clusterDown(): Promise<void> {
  if (!existsSync(STATE)) return;
  const record = await recorded();
  if (record?.from === 'kind') await deleteKind(KIND_NAME);
  else if (process.getuid?.() === 0) await nodeDown(STATE);
  await rm(STATE, { recursive: true, force: true });
}

/** Puts an image into the node, from an archive as `docker save` writes it. */
export async function loadImage({ from }: Cluster, archive: string): Promise<void> {
  if (from === 'kind') await loadIntoKind(KIND_NAME, archive);
  else if (from === 'compiled') await loadIntoNode(STATE, archive);
  else throw new Error('A cluster that was handed in takes its images from a registry: push them there');
}

/** Nobody reaches the API server while the body runs; at the end it answers again. */
export async function withoutApiServer<T>(cluster: Cluster, body: () => Promise<T>): Promise<T> {
  if (cluster.from === 'handed-in')
    throw new Error('the API server of a cluster that was handed in is not ours to stop');
  const resume = await (cluster.from === 'kind'
    ? pauseApiServer(KIND_NAME)
    : new Daemons(STATE).pause('kube-apiserver'));
  try {
    return await body();
  } finally {
    await resume();
    await untilReady(cluster);
  }
}

/** Why there can be no cluster with a node here; nothing when there can. */
export async function whyNoNode(): Promise<string | undefined> {
  if (process.env.KUBECONFIG || (await kindWorks())) return undefined;
  const lacks = [
    process.platform === 'linux' ? '' : 'Linux',
    process.getuid?.() === 0 ? '' : 'root',
    onPath('apt-get') || onPath('containerd') ? '' : 'apt',
    (await goVersion()) || (await allCompiled(NODE_PROGRAMS)) ? '' : 'Go',
  ].filter(Boolean);
  return lacks.length > 0
    ? `kind does not work here, and to run a node without it lacks ${lacks.join(', ')}`
    : undefined;
}

async function make(say: (text: string) => void): Promise<Cluster> {
  const because = await whyNoNode();
  if (because) throw new KubernetesUnavailable(because);
  if (await kindWorks()) {
    await mkdir(STATE, { recursive: true, mode: 0o700 });
    const kubeconfig = join(STATE, 'kubeconfig');
    await createKind(KIND_NAME, kubeconfig);
    return { kubeconfig, from: 'kind' };
  }
  return { kubeconfig: await nodeUp(STATE, say), from: 'compiled' };
}

async function untilReady(cluster: Cluster): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await nodeIsReady(cluster))) {
    if (performance.now() > deadline)
      throw new Error(`the node does not get ready: see the logs in ${STATE}`);
    await delay(200);
  }
}

async function nodeIsReady(cluster: Cluster): Promise<boolean> {
  const path = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const asked = kubectl(cluster, 'get', 'nodes', '-o', `jsonpath=${path}`);
  return (await asked.catch(() => '')).includes('True');
}

const answers = (cluster: Cluster) =>
  kubectl(cluster, 'get', '--raw', '/readyz', '--request-timeout=5s').then(
    () => true,
    () => false,
  );
