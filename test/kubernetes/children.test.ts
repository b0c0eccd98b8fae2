import { beforeAll, expect, test } from 'vitest';
import type { TaskClusterSpec } from '../../operator/src/crd/resource.ts';
import type { Desired } from '../../operator/src/desired/index.ts';
import { workerPod } from '../../operator/src/desired/worker-pod.ts';
import { drifted } from '../../operator/src/plan/drift.ts';
import { ApiClient } from '../../operator/src/runtime/api.ts';
import type { Transport } from '../../operator/src/runtime/http/transport.ts';
import type { KubeObject } from '../../operator/src/runtime/objects.ts';
import { resource } from '../../operator/src/runtime/resources.ts';
import { made, RICH, resourceOf } from './children.ts';
import { describeWithApi } from './cluster.ts';
import { newNamespace } from './namespace.ts';
import { installDefinition, transportOf } from './resource.ts';

const PODS = resource('v1', 'Pod', 'pods');

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

  const driftOf = ({ objects }: Desired, applied: readonly KubeObject[]) =>
    objects.map((object, i) => `${object.kind}: ${drifted(object, applied[i]) ?? 'none'}`);

  test.each([
    ['of eight lines', 'plain', { workers: { replicas: 8 } }],
    ['that says much', 'rich', RICH],
  ] as const)('%s are taken as they are, and stay as they are', async (_, name, spec) => {
    const { wanted } = await made(transport, namespace, name, spec as Partial<TaskClusterSpec>);
    const applied: KubeObject[] = [];
    for (const object of wanted.objects) applied.push(await kube.apply(resourceOf(object), object));
    expect(driftOf(wanted, applied)).toEqual(wanted.objects.map(({ kind }) => `${kind}: none`));
    for (const [i, object] of wanted.objects.entries()) {
      const again = await kube.apply(resourceOf(object), object);
      expect(again.metadata.resourceVersion).toBe(applied[i]?.metadata.resourceVersion);
    }
  });

  test('are admitted at the restricted level, workers as well', async () => {
    const { cluster, wanted } = await made(transport, namespace, 'restricted', RICH);
    for (const { name, revision } of wanted.groups) {
      const pod = workerPod(cluster, revision!, `restricted-${name}-abcde`);
      await expect(kube.create(PODS, pod)).resolves.toMatchObject({ metadata: { name: pod.metadata.name } });
    }
  });

  test('with a misspelt pod template are refused in the dry run, by name', async () => {
    const template = { spec: { nodeSelectr: { disk: 'ssd' } } };
    await expect(
      made(transport, namespace, 'misspelt', { workers: { replicas: 1, template } }),
    ).rejects.toThrow('nodeSelectr');
  });

  test('that may do more than the namespace allows are refused in the dry run', async () => {
    const template = { spec: { hostNetwork: true } };
    await expect(
      made(transport, namespace, 'mighty', { workers: { replicas: 1, template } }),
    ).rejects.toThrow('hostNetwork');
  });
});
