/** The configuration files of containerd, the pod network, kubelet, kube-proxy and CoreDNS. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CLUSTER_DOMAIN, NODE, NODE_IP, POD_CIDR } from './network.ts';

export const PAUSE_IMAGE = 'localhost/taskloom-pause:1';
/** Where Debian's package of the reference plugins puts them. */
const CNI_PLUGINS = '/usr/lib/cni';

export async function writeSettings(folder: string): Promise<void> {
  await mkdir(join(folder, 'cni'), { recursive: true });
  const files = {
    'containerd.toml': containerd(folder),
    'cni/10-pods.conflist': podNetwork(folder),
    'kubelet.yaml': kubelet(folder),
    'proxy.yaml': proxy(folder),
    Corefile: corefile(folder),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const containerd = (folder: string) => `
version = 2
root = "${folder}/containerd/root"
state = "${folder}/containerd/state"
[grpc]
  address = "${folder}/containerd.sock"
[ttrpc]
  address = "${folder}/containerd.ttrpc.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # In a container root may lack CAP_SYS_RESOURCE; without this runc then dies when it lowers oom_score_adj.
  restrict_oom_score_adj = true
  # All mounts in one folder, so that what a crash leaves behind is found.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "${folder}/cni"
`;

/** Point to point, not a bridge: what pods say to each other is routed, so service addresses work without br_netfilter. */
const podNetwork = (folder: string) =>
  JSON.stringify({
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipam: {
          type: 'host-local',
          dataDir: `${folder}/addresses`,
          ranges: [[{ subnet: POD_CIDR }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  });

const kubelet = (folder: string) =>
  stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NODE_IP,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${folder}/pki/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${folder}/pki/kubelet-server.crt`,
    tlsPrivateKeyFile: `${folder}/pki/kubelet-server.key`,
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    clusterDomain: CLUSTER_DOMAIN,
    clusterDNS: [NODE_IP],
    maxPods: 250,
    // A development machine's disk is often nearly full; a pod evicted for that would fail a test that has nothing to do with it.
    evictionHard: {
      'memory.available': '200Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
  });

const proxy = (folder: string) =>
  stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: `${folder}/proxy.conf` },
    clusterCIDR: POD_CIDR,
    hostnameOverride: NODE,
    healthzBindAddress: `${NODE_IP}:10256`,
    metricsBindAddress: `${NODE_IP}:10249`,
    // Limits of the whole machine stay as they are.
    conntrack: { maxPerCore: 0 },
  });

const corefile = (folder: string) => `
${CLUSTER_DOMAIN}:53 {
  bind ${NODE_IP}
  errors
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
    kubeconfig ${folder}/admin.conf
    ttl 5
  }
}
`;
