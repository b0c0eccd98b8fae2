/** A Kubernetes API for tests that need no nodes, from the first source that there is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allCompiled, goVersion } from './binaries.ts';
import { ControlPlane, programs } from './control-plane.ts';
import { handedIn } from './handed-in.ts';
import { kindWorks, startKind } from './kind.ts';
import { KubernetesUnavailable } from './unavailable.ts';

export interface Api {
  readonly kubeconfig: string;
  readonly from: 'handed-in' | 'compiled' | 'kind';
  /** Whether a controller-manager and a scheduler run, too: then a test cannot play their part. */
  readonly controllers: boolean;
  stop(): Promise<void>;
}

const say = (text: string) => process.stderr.write(`${text}\n`);

export async function startApi(): Promise<Api> {
  const kubeconfig = await handedIn();
  if (kubeconfig) return { kubeconfig, from: 'handed-in', controllers: true, stop: async () => {} };
  if (process.env.KUBEBUILDER_ASSETS || (await canCompile())) return startOwn();
  if (await kindWorks()) return startKind('control-plane');
  throw new KubernetesUnavailable('there is neither a KUBECONFIG, nor Go, nor Docker with kind');
}

/** Whether `startApi` can be hoped to succeed; cheap, so that a test file can ask before its tests are named. */
export async function apiIsPossible(): Promise<boolean> {
  const { KUBECONFIG, KUBEBUILDER_ASSETS } = process.env;
  return Boolean(KUBECONFIG || KUBEBUILDER_ASSETS) || (await canCompile()) || (await kindWorks());
}

async function canCompile(): Promise<boolean> {
  return (await allCompiled(['etcd', 'kube-apiserver'])) || (await goVersion()) !== undefined;
}

async function startOwn(): Promise<Api> {
  const found = await programs(say);
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-api-'));
  const plane = await ControlPlane.start(folder, found);
  const stop = async () => {
    await plane.stop();
    await rm(folder, { recursive: true });
  };
  return { kubeconfig: plane.kubeconfig, from: 'compiled', controllers: false, stop };
}
