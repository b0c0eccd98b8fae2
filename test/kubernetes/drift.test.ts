/** Whatever somebody does to our objects, drift is what applying them again puts right, and nothing else. */
import { beforeAll, expect, test } from 'vitest';
import { drifted } from '../../operator/src/plan/drift.ts';
import { putRight } from '../../operator/src/reconciler/put-right.ts';
import { ApiClient } from '../../operator/src/runtime/api.ts';
import { isApiError } from '../../operator/src/runtime/errors.ts';
import type { Transport } from '../../operator/src/runtime/http/transport.ts';
import type { KubeObject } from '../../operator/src/runtime/objects.ts';
import type { Resource } from '../../operator/src/runtime/resources.ts';
import { made, RICH, resourceOf } from './children.ts';
import { describeWithApi } from './cluster.ts';
import { changesOf } from './meddling.ts';
import { newNamespace } from './namespace.ts';
import { installDefinition, transportOf } from './resource.ts';

describeWithApi('what somebody changes of the children', (api) => {
  let transport: Transport;
  let ours: ApiClient;
  let theirs: ApiClient;
  let namespace: string;
  beforeAll(async () => {
    transport = transportOf(api);
    ours = new ApiClient(transport);
    theirs = new ApiClient(transport, { fieldManager: 'somebody' });
    await installDefinition(transport);
    namespace = await newNamespace(api, 'drift');
  });

  /** What of an object can be said by us. */
  const said = ({ metadata, status: _, ...rest }: KubeObject & { status?: unknown }) => {
    const { labels, annotations, ownerReferences } = metadata;
    return JSON.stringify({ ...rest, labels, annotations, ownerReferences });
  };

  /** The object as somebody has made it; nothing when the API server does not let him. */
  async function meddled(of: Resource, object: KubeObject, before: KubeObject) {
    const { resourceVersion = '' } = before.metadata;
    try {
      return await theirs.update(of, { ...object, metadata: { ...object.metadata, resourceVersion } });
    } catch (error) {
      if (isApiError(error, 'invalid', 'bad-request', 'forbidden')) return undefined;
      throw error;
    }
  }

  /** What is wrong with how changes of this object are seen. */
  async function judged(wanted: KubeObject): Promise<string[]> {
    const of = resourceOf(wanted);
    const faults: string[] = [];
    let before = await ours.apply(of, wanted);
    for (const { what, object } of changesOf(wanted)) {
      const changed = await meddled(of, object, before);
      if (!changed || said(changed) === said(before)) continue;
      const drift = drifted(wanted, changed);
      before = await putRight(ours, of, wanted, changed);
      const left = drifted(wanted, before);
      const undone = said(before) !== said(changed);
      const place = `${wanted.kind}: ${what}`;
      if (undone && drift === undefined) faults.push(`${place} is not seen`);
      if (!undone && drift !== undefined) faults.push(`${place} is seen (${drift}) and stays`);
      if (left !== undefined) faults.push(`${place} is still seen at ${left} when it was put right`);
    }
    return faults;
  }

  test('is seen when applying undoes it, and only then', async () => {
    const { wanted } = await made(transport, namespace, 'rich', RICH);
    const faults = await Promise.all(wanted.objects.map(judged));
    expect(faults.flat()).toEqual([]);
  }, 60_000);
});
