/** Clusters of kind (https://kind.sigs.k8s.io), where Docker works. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { versionOf } from './binaries.ts';
import type { Api } from './start-api.ts';

const run = promisify(execFile);
const STATIC_PODS = '/etc/kubernetes/manifests';

const works = (command: string, ...args: string[]) =>
  run(command, args, { timeout: 10_000 }).then(
    () => true,
    () => false,
  );

export const dockerWorks = () => works('docker', 'info');

export async function kindWorks(): Promise<boolean> {
  return (await dockerWorks()) && (await works('kind', 'version'));
}

/** @param parts `control-plane`: without scheduler and controller-manager, whose part the tests play */
export async function startKind(
  parts: 'control-plane' | 'all',
  name = `taskloom-${process.pid}`,
): Promise<Api> {
  const folder = await mkdtemp(join(tmpdir(), 'taskloom-kind-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await createKind(name, kubeconfig);
  if (parts === 'control-plane') {
    const node = `${name}-control-plane`;
    for (const part of ['kube-scheduler', 'kube-controller-manager']) {
      await run('docker', ['exec', node, 'rm', `${STATIC_PODS}/${part}.yaml`]);
    }
  }
  const stop = async () => {
    await deleteKind(name);
    await rm(folder, { recursive: true });
  };
  return { kubeconfig, from: 'kind', controllers: parts === 'all', stop };
}

export async function createKind(name: string, kubeconfig: string): Promise<void> {
  const image = `kindest/node:v${await versionOf('kubernetes')}`;
  const flags = ['--image', image, '--kubeconfig', kubeconfig, '--wait', '120s'];
  await run('kind', ['create', 'cluster', '--name', name, ...flags]);
}

export async function deleteKind(name: string): Promise<void> {
  await run('kind', ['delete', 'cluster', '--name', name]);
}

export async function loadIntoKind(name: string, archive: string): Promise<void> {
  await run('kind', ['load', 'image-archive', '--name', name, archive]);
}

/** Takes the API server away; what is returned brings it back. */
export async function pauseApiServer(name: string): Promise<() => Promise<void>> {
  const manifest = 'kube-apiserver.yaml';
  const move = (from: string, to: string) =>
    run('docker', ['exec', `${name}-control-plane`, 'mv', `${from}/${manifest}`, `${to}/${manifest}`]);
  await move(STATIC_PODS, '/etc/kubernetes');
  return async () => {
    await move('/etc/kubernetes', STATIC_PODS);
  };
}
