import { randomUUID } from 'node:crypto';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Api } from './start-api.ts';

/**
 * A namespace of its own for a test file. Where no controller-manager runs it gets the service account `default`, too, without which
 * no pod is admitted; deleting a namespace never ends there, so nobody does.
 */
export async function newNamespace(
  { kubeconfig, controllers }: Pick<Api, 'kubeconfig' | 'controllers'>,
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  await core.createNamespace({ body: { metadata: { name, labels } } });
  if (!controllers) {
    await core.createNamespacedServiceAccount({ namespace: name, body: { metadata: { name: 'default' } } });
  }
  return name;
}
