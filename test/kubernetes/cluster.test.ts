import { CoreV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { versionOf } from './binaries.ts';
import { controlPlane, describeWithApi } from './cluster.ts';
import { newNamespace } from './namespace.ts';

describeWithApi('a control plane', (api) => {
  test('is a real one, of the version that is pinned', async () => {
    const config = new KubeConfig();
    config.loadFromFile(api.kubeconfig);
    const version = await config.makeApiClient(VersionApi).getCode();
    if (api.from !== 'handed-in') expect(version.gitVersion).toBe(`v${await versionOf('kubernetes')}`);
  });

  test('is shared by all who ask in one run', async () => {
    expect((await controlPlane()).kubeconfig).toBe(api.kubeconfig);
  });

  test('admits pods into a new namespace', async () => {
    const config = new KubeConfig();
    config.loadFromFile(api.kubeconfig);
    const namespace = await newNamespace(api, 'harness');
    const body = {
      metadata: { name: 'lonely' },
      spec: { containers: [{ name: 'main', image: 'none.invalid/none' }] },
    };
    const pod = await config.makeApiClient(CoreV1Api).createNamespacedPod({ namespace, body });
    expect(pod.spec?.serviceAccountName).toBe('default');
  });
});
