/** How the programs of a control plane are called; `folder` holds their keys in `pki/` and the data. */

export const SERVICE_CIDR = '10.96.0.0/16';
/** The first of the services: `kubernetes.default`. */
export const API_SERVICE_IP = '10.96.0.1';

/** @param store the URL on which it listens */
export function etcdFlags(folder: string, store: string): string[] {
  // It has no peers; zero is any free port.
  const nobody = 'http://127.0.0.1:0';
  return [
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=${store}`,
    `--advertise-client-urls=${store}`,
    `--listen-peer-urls=${nobody}`,
    `--initial-advertise-peer-urls=${nobody}`,
    `--initial-cluster=default=${nobody}`,
    // Nobody needs these data after a power cut.
    '--unsafe-no-fsync',
  ];
}

export function apiServerFlags(folder: string, store: string, { hostname, port }: URL): string[] {
  return [
    `--etcd-servers=${store}`,
    `--bind-address=${hostname}`,
    `--advertise-address=${hostname}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${folder}/pki/apiserver.crt`,
    `--tls-private-key-file=${folder}/pki/apiserver.key`,
    `--client-ca-file=${folder}/pki/ca.crt`,
    `--service-account-key-file=${folder}/pki/sa.pub`,
    `--service-account-signing-key-file=${folder}/pki/sa.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${SERVICE_CIDR}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
  ];
}
