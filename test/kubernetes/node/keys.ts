/** The certificates and kubeconfigs of a node's parts, written once for each cluster. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Authority, type Pair, tokenKeys } from '../authority.ts';
import { API_SERVICE_IP } from '../flags.ts';
import { kubeconfig } from '../kubeconfig.ts';
import { NODE, NODE_IP } from './network.ts';

/** Those that speak to the API server: who each says it is. */
const CLIENTS = {
  admin: { name: 'admin', organization: 'system:masters' },
  'controller-manager': { name: 'system:kube-controller-manager' },
  scheduler: { name: 'system:kube-scheduler' },
  kubelet: { name: `system:node:${NODE}`, organization: 'system:nodes' },
  proxy: { name: 'system:kube-proxy' },
} as const;

/** @returns the authority's certificate and the admin's, with which to ask whether the server is up */
export async function writeKeys(
  folder: string,
  server: string,
): Promise<{ readonly authority: string; readonly admin: Pair }> {
  const authority = await Authority.create();
  const files: Record<string, string> = { 'ca.crt': authority.certificate, 'ca.key': authority.key };
  const add = (name: string, { certificate, key }: Pair) => {
    files[`${name}.crt`] = certificate;
    files[`${name}.key`] = key;
  };
  const hosts = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const addresses = ['127.0.0.1', NODE_IP, API_SERVICE_IP];
  add('apiserver', await authority.issue({ name: 'kube-apiserver', addresses, hosts }));
  // Without the node's address in it, exec, logs and port-forward fail.
  add('kubelet-server', await authority.issue({ name: NODE, addresses: [NODE_IP], hosts: [NODE] }));
  const tokens = await tokenKeys();
  files['sa.key'] = tokens.privateKey;
  files['sa.pub'] = tokens.publicKey;
  const admin = await authority.issue(CLIENTS.admin);
  add('admin', admin);
  await mkdir(join(folder, 'pki'), { recursive: true, mode: 0o700 });
  await writeAll(join(folder, 'pki'), files);
  const configs: Record<string, string> = {};
  for (const [name, subject] of Object.entries(CLIENTS)) {
    const client = name === 'admin' ? admin : await authority.issue(subject);
    configs[`${name}.conf`] = kubeconfig(server, authority.certificate, client);
  }
  await writeAll(folder, configs);
  return { authority: authority.certificate, admin };
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
}
