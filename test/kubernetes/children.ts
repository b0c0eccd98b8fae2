/** What the operator makes of a TaskCluster, in a real API, without the operator. */
import { PLURAL } from '../../operator/src/crd/names.ts';
import type { TaskCluster, TaskClusterSpec } from '../../operator/src/crd/resource.ts';
import { type Desired, desired } from '../../operator/src/desired/index.ts';
import type { Observed } from '../../operator/src/observed/index.ts';
import { ApiClient } from '../../operator/src/runtime/api.ts';
import type { Transport } from '../../operator/src/runtime/http/transport.ts';
import type { KubeObject } from '../../operator/src/runtime/objects.ts';
import { type Resource, resource } from '../../operator/src/runtime/resources.ts';

const CLUSTERS = resource<TaskCluster & KubeObject>('taskloom.dev/v1alpha1', 'TaskCluster', PLURAL);
const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  PodDisruptionBudget: 'poddisruptionbudgets',
};
export const resourceOf = ({ apiVersion, kind }: KubeObject): Resource =>
  resource(apiVersion ?? '', kind ?? '', PLURALS[kind ?? ''] ?? `${kind?.toLowerCase()}s`);

const SETTINGS = { defaultImage: 'ghcr.io/taskloom/taskloom:1', operatorNamespace: 'taskloom-system' };

/** As much as one can say, written in ways that the API server writes otherwise. */
export const RICH: Partial<TaskClusterSpec> = {
  image: 'ghcr.io/acme/worker:1',
  imagePullSecrets: [{ name: 'registry' }],
  workers: {
    replicas: 8,
    resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { cpu: 2, memory: '2000000Ki' } },
    env: [
      { name: 'MODE', value: '' },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key', optional: false } } },
    ],
    template: {
      metadata: { labels: { team: 'a' } },
      spec: {
        nodeSelector: {},
        hostNetwork: false,
        tolerations: [{ key: 'spot', operator: 'Exists' }],
        volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '2048Mi' } }],
        containers: [
          { name: 'worker', volumeMounts: [{ name: 'tmp', mountPath: '/scratch' }] },
          { name: 'sidecar', image: 'acme/sidecar', securityContext: SECURE(), resources: {} },
        ],
      },
    },
  },
  workerGroups: [{ name: 'gpu', replicas: 1, resources: { limits: { 'nvidia.com/gpu': 1 } } }],
  scheduler: {
    service: { type: 'NodePort', annotations: { 'acme.dev/zone': 'a' } },
    template: { spec: LISTS() },
  },
};

function SECURE() {
  return { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };
}

/** Each kind of list and of map that a pod has. */
function LISTS() {
  const labelSelector = { matchLabels: { team: 'a' } };
  const fieldRef = { fieldPath: 'metadata.name' };
  const zone = { key: 'zone', operator: 'In', values: ['a'] };
  return {
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoExecute' }],
    hostAliases: [{ ip: '10.0.0.9', hostnames: ['data'] }],
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [zone] }] },
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector }],
      },
    },
    volumes: [
      {
        name: 'about',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token', audience: 'acme' } },
            { downwardAPI: { items: [{ path: 'name', fieldRef }] } },
          ],
        },
      },
      { name: 'settings', configMap: { name: 'settings', items: [{ key: 'a', path: 'a' }] } },
    ],
    containers: [
      {
        name: 'scheduler',
        env: [{ name: 'POD', valueFrom: { fieldRef } }],
        envFrom: [{ configMapRef: { name: 'settings' } }],
        ports: [{ name: 'extra', containerPort: 9000 }],
        volumeMounts: [{ name: 'about', mountPath: '/about' }],
      },
    ],
  };
}

/** A cluster of this spec, and what it shall be once the API server has taken its pods in a dry run. */
export async function made(
  transport: Transport,
  namespace: string,
  name: string,
  spec: Partial<TaskClusterSpec>,
): Promise<{ readonly cluster: TaskCluster; readonly wanted: Desired }> {
  const kube = new ApiClient(transport);
  const cluster = await kube.create(CLUSTERS, { metadata: { name, namespace }, spec } as never);
  const nothing: Observed = {
    cluster,
    children: [],
    workers: [],
    scheduler: { known: false, since: 0, because: 'new' },
    trials: {},
    refusals: [],
    logs: {},
  };
  const { untried, objects } = desired(nothing, SETTINGS);
  const account = objects.find(({ kind }) => kind === 'ServiceAccount');
  if (account) await kube.apply(resourceOf(account), account);
  for (const { pod } of untried) await strictly(transport, namespace, pod);
  const trials = Object.fromEntries(untried.map(({ key }) => [key, { at: 0 }]));
  return { cluster, wanted: desired({ ...nothing, trials }, SETTINGS) };
}

const strictly = (transport: Transport, namespace: string, pod: KubeObject) =>
  transport.json({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    query: { dryRun: 'All', fieldValidation: 'Strict' },
    body: pod,
  });
