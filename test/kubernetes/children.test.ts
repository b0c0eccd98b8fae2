import { beforeAll, expect, test } from 'vitest';
import { PLURAL } from '../../operator/src/crd/names.ts';
import type { TaskCluster, TaskClusterSpec } from '../../operator/src/crd/resource.ts';
import { type Desired, desired } from '../../operator/src/desired/index.ts';
import { workerPod } from '../../operator/src/desired/worker-pod.ts';
import type { Observed } from '../../operator/src/observed/index.ts';
import { drifted } from '../../operator/src/plan/drift.ts';
import { ApiClient } from '../../operator/src/runtime/api.ts';
import type { Transport } from '../../operator/src/runtime/http/transport.ts';
import type { KubeObject } from '../../operator/src/runtime/objects.ts';
import { type Resource, resource } from '../../operator/src/runtime/resources.ts';
import { describeWithApi } from './cluster.ts';
import { newNamespace } from './namespace.ts';
import { installDefinition, transportOf } from './resource.ts';

const CLUSTERS = resource<TaskCluster & KubeObject>('taskloom.dev/v1alpha1', 'TaskCluster', PLURAL);
const PODS = resource('v1', 'Pod', 'pods');
const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  PodDisruptionBudget: 'poddisruptionbudgets',
};
const resourceOf = ({ apiVersion, kind }: KubeObject): Resource =>
  resource(apiVersion ?? '', kind ?? '', PLURALS[kind ?? ''] ?? `${kind?.toLowerCase()}s`);

const SETTINGS = { defaultImage: 'ghcr.io/taskloom/taskloom:1', operatorNamespace: 'taskloom-system' };

/** As much as one can say, written in ways that the API server writes otherwise. */
const RICH: Partial<TaskClusterSpec> = {
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
  scheduler: { service: { type: 'NodePort', annotations: { 'acme.dev/zone': 'a' } } },
};

function SECURE() {
  return { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } };
}

describeWithApi('the children of a TaskCluster', (api) => {
  let transport: Transport;
  let kube: ApiClient;
  let namespace: string;
  beforeAll(async () => {
    transport = transportOf(api);
    kube = new ApiClient(transport);
    await installDefinition(transport);
    namespace = await newNamespace(api, 'children', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  async function made(name: string, spec: Partial<TaskClusterSpec>) {
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
    for (const { pod } of untried) await strictly(pod);
    const trials = Object.fromEntries(untried.map(({ revision }) => [revision, { passed: true as const }]));
    return { cluster, wanted: desired({ ...nothing, trials }, SETTINGS) };
  }

  const strictly = (pod: KubeObject) =>
    transport.json({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods`,
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: pod,
    });

  const driftOf = ({ objects }: Desired, applied: readonly KubeObject[]) =>
    objects.map((object, i) => `${object.kind}: ${drifted(object, applied[i]) ?? 'none'}`);

  test.each([
    ['of eight lines', 'plain', { workers: { replicas: 8 } }],
    ['that says much', 'rich', RICH],
  ] as const)('%s are taken as they are, and stay as they are', async (_, name, spec) => {
    const { wanted } = await made(name, spec as Partial<TaskClusterSpec>);
    const applied: KubeObject[] = [];
    for (const object of wanted.objects) applied.push(await kube.apply(resourceOf(object), object));
    expect(driftOf(wanted, applied)).toEqual(wanted.objects.map(({ kind }) => `${kind}: none`));
    for (const [i, object] of wanted.objects.entries()) {
      const again = await kube.apply(resourceOf(object), object);
      expect(again.metadata.resourceVersion).toBe(applied[i]?.metadata.resourceVersion);
    }
  });

  test('are admitted at the restricted level, workers as well', async () => {
    const { cluster, wanted } = await made('restricted', RICH);
    for (const { name, revision } of wanted.groups) {
      const pod = workerPod(cluster, revision!, `restricted-${name}-abcde`);
      await expect(kube.create(PODS, pod)).resolves.toMatchObject({ metadata: { name: pod.metadata.name } });
    }
  });

  test('with a misspelt pod template are refused in the dry run, by name', async () => {
    const template = { spec: { nodeSelectr: { disk: 'ssd' } } };
    await expect(made('misspelt', { workers: { replicas: 1, template } })).rejects.toThrow('nodeSelectr');
  });

  test('that may do more than the namespace allows are refused in the dry run', async () => {
    const template = { spec: { hostNetwork: true } };
    await expect(made('mighty', { workers: { replicas: 1, template } })).rejects.toThrow('hostNetwork');
  });
});
