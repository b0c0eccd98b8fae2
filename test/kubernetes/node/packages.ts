/** What the node takes from the distribution. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubernetesUnavailable } from '../unavailable.ts';

const run = promisify(execFile);

/** Command: the Debian package that has it. */
const PACKAGES = {
  containerd: 'containerd',
  runc: 'runc',
  conntrack: 'conntrack',
  nft: 'nftables',
  ip: 'iproute2',
  buildah: 'buildah',
  debootstrap: 'debootstrap',
} as const;
const CNI_PLUGIN = '/usr/lib/cni/ptp';

export async function installPackages(say: (text: string) => void): Promise<void> {
  const commands = Object.entries(PACKAGES).filter(([command]) => !onPath(command));
  const missing = commands.map(([, name]) => name as string);
  if (!existsSync(CNI_PLUGIN)) missing.push('containernetworking-plugins');
  if (missing.length === 0) return;
  if (!onPath('apt-get'))
    throw new KubernetesUnavailable(`this machine has no apt, and lacks ${missing.join(', ')}`);
  say(`Installing ${missing.join(', ')} ...`);
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 16 << 20 };
  const install = () =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], environment);
  // A machine's list of packages may be missing or old.
  await install().catch(() => run('apt-get', ['update', '-qq'], environment).then(install));
}

export function onPath(command: string): boolean {
  const folders = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => folder !== '' && existsSync(join(folder, command)));
}
