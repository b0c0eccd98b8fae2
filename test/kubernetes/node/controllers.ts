/** Flags of the programs that only a cluster with a node has. Their own ports are closed: nobody asks them, and two clusters may be up. */
import { SERVICE_CIDR } from '../flags.ts';
import { POD_CIDR } from './network.ts';

/** Above what clients allow themselves by default, so that the machine is measured and not a limit. */
const RATE = ['--kube-api-qps=500', '--kube-api-burst=1000'];

const common = (folder: string, name: string) => {
  const config = `${folder}/${name}.conf`;
  const own = ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'];
  return [...own.map((flag) => `--${flag}=${config}`), '--secure-port=0', '--leader-elect=false', ...RATE];
};

/** How the API server reaches the kubelet, for exec, logs and port-forward. */
export const kubeletClientFlags = (folder: string): string[] => [
  `--kubelet-client-certificate=${folder}/pki/admin.crt`,
  `--kubelet-client-key=${folder}/pki/admin.key`,
  `--kubelet-certificate-authority=${folder}/pki/ca.crt`,
  '--kubelet-preferred-address-types=InternalIP',
];

export const schedulerFlags = (folder: string): string[] => common(folder, 'scheduler');

export const controllerManagerFlags = (folder: string): string[] => [
  ...common(folder, 'controller-manager'),
  '--use-service-account-credentials',
  `--service-account-private-key-file=${folder}/pki/sa.key`,
  `--root-ca-file=${folder}/pki/ca.crt`,
  `--cluster-signing-cert-file=${folder}/pki/ca.crt`,
  `--cluster-signing-key-file=${folder}/pki/ca.key`,
  '--allocate-node-cidrs',
  `--cluster-cidr=${POD_CIDR}`,
  `--service-cluster-ip-range=${SERVICE_CIDR}`,
];
