/**
 * Merges a pod template that a person wrote into ours, as `kubectl apply` merges pods: objects field by field, lists whose entries have a
 * name entry by entry, all else is replaced.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-changes-for-fields-of-type-list
 */
export type Json = Readonly<Record<string, unknown>>;

/** What tells the entries of a list apart, by the field that the list is. */
export const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ports: 'containerPort',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
};

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` wins. */
export function merge(base: Json, over: Json): Json {
  const merged: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(over)) merged[field] = mergeField(field, base[field], value);
  return merged;
}

/** Entries that are taken as a whole: a volume has one source, a variable one value. */
const WHOLE = new Set(['volumes', 'env']);

function mergeField(field: string, base: unknown, over: unknown): unknown {
  if (isObject(base) && isObject(over)) return merge(base, over);
  const key = MERGE_KEYS[field];
  if (key && Array.isArray(base) && Array.isArray(over)) return mergeList(field, key, base, over);
  return over;
}

function mergeList(field: string, key: string, base: readonly unknown[], over: readonly unknown[]) {
  const nameOf = (entry: unknown) => (isObject(entry) ? entry[key] : undefined);
  const rest = over.filter((entry) => !base.some((one) => nameOf(one) === nameOf(entry)));
  const both = base.map((one) => {
    const other = over.find((entry) => nameOf(entry) === nameOf(one));
    if (other === undefined) return one;
    return WHOLE.has(field) || !isObject(one) || !isObject(other) ? other : merge(one, other);
  });
  return [...both, ...rest];
}
