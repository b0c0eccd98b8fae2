// Where works measure: a namespace of a Kubernetes in which nothing else happens, said by the environment.
import { kubectlReading, kubectl as run } from '../../test/kubernetes/kubectl.ts';

export interface Place {
  readonly kubeconfig: string;
  readonly namespace: string;
}

const NAMESPACE = 'TASKLOOM_BENCH_NAMESPACE';

/** For the processes that are started from here on. */
export function announce({ kubeconfig, namespace }: Place): void {
  process.env.KUBECONFIG = kubeconfig;
  process.env[NAMESPACE] = namespace;
}

export function place(): Place {
  const { KUBECONFIG: kubeconfig, [NAMESPACE]: namespace } = process.env;
  if (!kubeconfig || !namespace)
    throw new Error(`this runs within npm run bench:kubernetes, which sets KUBECONFIG and ${NAMESPACE}`);
  return { kubeconfig, namespace };
}

export const kubectl = (at: Place, ...args: readonly string[]): Promise<string> =>
  run(at, '--namespace', at.namespace, ...args);

/** With the defaults of everything that is not said. */
export const manifest = (name: string, replicas: number) => ({
  apiVersion: 'taskloom.dev/v1alpha1',
  kind: 'TaskCluster',
  metadata: { name },
  spec: { workers: { replicas } },
});

export function apply(at: Place, ...items: readonly object[]): Promise<string> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  return kubectlReading(at, JSON.stringify(list), '--namespace', at.namespace, 'apply', '-f', '-');
}

/** Ready is said when the scheduler takes connections and all workers are connected to it. */
export const untilReady = (at: Place, name = '--all', seconds = 60): Promise<string> =>
  kubectl(at, 'wait', '--for=condition=Ready', 'taskcluster', name, `--timeout=${seconds}s`);

/** A cluster in which nothing has happened yet. */
export async function cluster(at: Place, name: string, workers: number): Promise<void> {
  await apply(at, manifest(name, workers));
  await untilReady(at, name);
}

/** Takes all clusters away and waits until their pods are gone, too. */
export async function emptied(at: Place): Promise<void> {
  await kubectl(at, 'delete', 'taskclusters', '--all');
  await kubectl(at, 'wait', '--for=delete', 'pods', '--all', '--timeout=180s');
}
