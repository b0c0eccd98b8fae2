/** Makes an object what we say of it, whatever others have said of it before. */
import { isObject, type Json } from '../desired/merge.ts';
import { isApiError, type Kube, type KubeObject, type Resource } from '../runtime/index.ts';

/** @param there what is known to be there under its name */
export async function putRight(
  kube: Kube,
  of: Resource,
  object: KubeObject,
  there: KubeObject | undefined,
  signal?: AbortSignal,
): Promise<KubeObject> {
  try {
    return await kube.apply(of, object, { signal });
  } catch (error) {
    if (!there || !isApiError(error, 'invalid')) throw error;
    // What others have said does not go with what we say (two ports of one name): nothing of it stays.
    const patch = { metadata: { uid: there.metadata.uid }, ...replacing(spec(object), spec(there)) };
    await kube.merge(of, object.metadata, patch, { signal });
    return kube.apply(of, object, { signal });
  }
}

function spec(object: KubeObject): Json {
  const {
    apiVersion: _,
    kind: __,
    metadata: ___,
    status: ____,
    ...said
  } = object as KubeObject & { status?: unknown };
  return said;
}

/** A merge patch that leaves what is wanted and nothing else. */
const replacing = (wanted: Json, found: Json): Json => ({
  ...Object.fromEntries(Object.keys(found).map((field) => [field, null])),
  ...Object.fromEntries(
    Object.entries(wanted).map(([field, value]) => {
      const there = found[field];
      return [field, isObject(value) && isObject(there) ? replacing(value, there) : value];
    }),
  ),
});
