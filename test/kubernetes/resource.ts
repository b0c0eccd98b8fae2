/** The TaskCluster in a real API: its definition, and how a test says something of one. */
import { setTimeout as delay } from 'node:timers/promises';
import { definition } from '../../operator/src/crd/definition.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../operator/src/crd/names.ts';
import { ApiClient } from '../../operator/src/runtime/api.ts';
import { kubeconfigCredentials } from '../../operator/src/runtime/http/kubeconfig.ts';
import { Transport } from '../../operator/src/runtime/http/transport.ts';
import type { KubeObject } from '../../operator/src/runtime/objects.ts';
import { resource } from '../../operator/src/runtime/resources.ts';
import type { Api } from './start-api.ts';

const DEFINITIONS = resource<
  KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] | null } }
>('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);
interface Condition {
  readonly type: string;
  readonly status: string;
}

/** A client as tests want it: in no hurry limited by itself. */
export function transportOf({ kubeconfig }: Pick<Api, 'kubeconfig'>): Transport {
  const credentials = kubeconfigCredentials({ file: kubeconfig });
  if (!credentials) throw new Error(`${kubeconfig} names no cluster`);
  return new Transport({ credentials, perSecond: 10_000, burst: 10_000 });
}

/** Harmless to do twice, or by two test files at once. */
export async function installDefinition(transport: Transport): Promise<void> {
  const kube = new ApiClient(transport, { fieldManager: 'tests' });
  const wanted = definition();
  await kube.apply(DEFINITIONS, wanted);
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await kube.get(DEFINITIONS, { name: wanted.metadata.name });
    // A new definition says null at first.
    const conditions = found?.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (Date.now() > deadline) throw new Error(`not established: ${JSON.stringify(conditions)}`);
    await delay(50);
  }
}

/** What the API server makes of a manifest, as kubectl has it checked; nothing is kept. */
export async function tried(
  transport: Transport,
  { metadata = {}, ...rest }: { readonly metadata?: object; readonly [field: string]: unknown },
): Promise<KubeObject & { readonly spec: Readonly<Record<string, unknown>> }> {
  const body = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name: 'malaria', namespace: 'default', ...metadata },
    ...rest,
  };
  const path = `/apis/${GROUP}/${VERSION}/namespaces/default/${PLURAL}`;
  const query = { dryRun: 'All', fieldValidation: 'Strict' };
  return (await transport.json({ method: 'POST', path, query, body })) as never;
}
