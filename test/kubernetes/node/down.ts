/** Ends all of the one-node cluster, also one that a crash left half up, and removes its state. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Daemons } from './daemons.ts';
import { BRIDGE } from './network.ts';

const run = promisify(execFile);
const PODS_END_MS = 3_000;
/** Pods' parents first, their watchers last: what would start a container again is gone before containers are. */
const ORDER = ['kwok', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'coredns'];

export async function nodeDown(folder: string): Promise<void> {
  const daemons = new Daemons(folder);
  await Promise.all(ORDER.map((name) => daemons.stop(name)));
  if (await daemons.running('containerd')) await endContainers(folder);
  await Promise.all(['containerd', 'kube-apiserver'].map((name) => daemons.stop(name)));
  await daemons.stop('etcd');
  await unmountAll(folder);
  await removeCgroups();
  // Each is gone already when the cluster was only half up.
  for (const family of ['ip', 'ip6'])
    await run('nft', ['delete', 'table', family, 'kube-proxy']).catch(() => {});
  await run('ip', ['link', 'del', BRIDGE]).catch(() => {});
  await rm(folder, { recursive: true, force: true });
}

async function endContainers(folder: string): Promise<void> {
  const ctr = (...args: string[]) => run('ctr', ['-a', `${folder}/containerd.sock`, '-n', 'k8s.io', ...args]);
  const deadline = performance.now() + PODS_END_MS;
  for (;;) {
    const { stdout } = await ctr('tasks', 'ls', '-q').catch(() => ({ stdout: '' }));
    const tasks = stdout.split('\n').filter(Boolean);
    if (tasks.length === 0 || performance.now() > deadline) return;
    for (const task of tasks) await ctr('tasks', 'rm', '-f', task).catch(() => {});
    await delay(100);
  }
}

async function unmountAll(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.sort().reverse()) await run('umount', ['-l', path]).catch(() => {});
}

/** Groups of pods that ended are empty; the kernel keeps them until they are removed, innermost first. */
async function removeCgroups(): Promise<void> {
  for (const controller of [...(await folders('/sys/fs/cgroup')), '']) {
    await removeEmpty(join('/sys/fs/cgroup', controller, 'kubepods'));
  }
}

async function removeEmpty(folder: string): Promise<void> {
  for (const inner of await folders(folder)) await removeEmpty(join(folder, inner));
  await rmdir(folder).catch(() => {});
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
