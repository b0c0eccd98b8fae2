/** A whole Kubernetes with one node on this machine: root, Linux, no Docker. Its parts stay when the command ends. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { compiled } from '../binaries.ts';
import { apiServerFlags, etcdFlags } from '../flags.ts';
import { freePort } from '../free-port.ts';
import { KubeApi } from '../kube-api.ts';
import { controllerManagerFlags, kubeletClientFlags, schedulerFlags } from './controllers.ts';
import { Daemons } from './daemons.ts';
import { writeKeys } from './keys.ts';
import { BRIDGE, NODE, NODE_IP } from './network.ts';
import { installPackages } from './packages.ts';
import { pauseArchive } from './pause.ts';
import { writeSettings } from './settings.ts';

const run = promisify(execFile);
const UP_MS = 60_000;

export const NODE_PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
] as const;

/** @param folder of the cluster's state; returns the path of the kubeconfig */
export async function nodeUp(folder: string, say: (text: string) => void): Promise<string> {
  await installPackages(say);
  const programs = await compiled(NODE_PROGRAMS, say);
  const pause = await pauseArchive();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const daemons = new Daemons(folder);
  await addBridge();
  await startControlPlane(folder, daemons, programs);
  await writeSettings(folder);
  await daemons.start('containerd', 'containerd', ['-c', join(folder, 'containerd.toml')]);
  await until('containerd', daemons, () => succeeds('ctr', ['-a', `${folder}/containerd.sock`, 'version']));
  await loadIntoNode(folder, pause);
  await daemons.start('kubelet', programs.kubelet, [
    `--config=${folder}/kubelet.yaml`,
    `--kubeconfig=${folder}/kubelet.conf`,
    `--root-dir=${folder}/kubelet`,
    `--hostname-override=${NODE}`,
    `--node-ip=${NODE_IP}`,
  ]);
  await daemons.start('kube-proxy', programs['kube-proxy'], [`--config=${folder}/proxy.yaml`]);
  await daemons.start('coredns', programs.coredns, ['-conf', join(folder, 'Corefile')]);
  return join(folder, 'admin.conf');
}

export async function loadIntoNode(folder: string, archive: string): Promise<void> {
  await run('ctr', ['-a', `${folder}/containerd.sock`, '-n', 'k8s.io', 'images', 'import', archive]);
}

type Paths = Readonly<Record<(typeof NODE_PROGRAMS)[number], string>>;

async function startControlPlane(folder: string, daemons: Daemons, programs: Paths): Promise<void> {
  const store = `http://127.0.0.1:${await freePort()}`;
  const port = await freePort();
  const server = `https://${NODE_IP}:${port}`;
  const { authority, admin } = await writeKeys(folder, server);
  await daemons.start('etcd', programs.etcd, etcdFlags(folder, store));
  await daemons.start('kube-apiserver', programs['kube-apiserver'], [
    ...apiServerFlags(folder, store, new URL(server)),
    ...kubeletClientFlags(folder),
  ]);
  const api = new KubeApi(server, authority, admin);
  await until('kube-apiserver', daemons, () => api.ready());
  await daemons.start(
    'kube-controller-manager',
    programs['kube-controller-manager'],
    controllerManagerFlags(folder),
  );
  await daemons.start('kube-scheduler', programs['kube-scheduler'], schedulerFlags(folder));
}

async function addBridge(): Promise<void> {
  if (!(await succeeds('ip', ['link', 'show', BRIDGE]))) {
    await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge']);
    await run('ip', ['addr', 'add', `${NODE_IP}/32`, 'dev', BRIDGE]);
    await run('ip', ['link', 'set', BRIDGE, 'up']);
  }
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
}

async function until(name: string, daemons: Daemons, ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + UP_MS;
  while (!(await ready())) {
    if (!(await daemons.running(name))) throw new Error(`${name} ended: ${await daemons.lastWords(name)}`);
    if (performance.now() > deadline) throw new Error(`${name} is not up: ${await daemons.lastWords(name)}`);
    await delay(100);
  }
}

const succeeds = (command: string, args: readonly string[]) =>
  run(command, [...args]).then(
    () => true,
    () => false,
  );
