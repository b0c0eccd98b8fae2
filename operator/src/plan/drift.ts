/**
 * Whether an object still is what we say of it. What the API server adds (defaults, fields of others) is not ours and does not count;
 * what it writes in another way (amounts, what is empty) is the same. Without this every look would be a write.
 *
 * Some parts belong to whoever says them as a whole, so that what others add is drift, too: selectors, references, and lists whose
 * entries have no key. Which these are is the API's `x-kubernetes-map-type` and `x-kubernetes-list-type`; test/kubernetes/drift.test.ts
 * holds all of it against a real one.
 */
import { isObject, type Json } from '../desired/merge.ts';
import { amountOf } from '../desired/quantity.ts';

/** The path of the first field that is not as wanted, such as `spec.ports[0].port`; nothing when all is. */
export const drifted = (wanted: unknown, found: unknown): string | undefined =>
  drift(wanted, found, { path: '', field: '', whole: false });

interface Place {
  readonly path: string;
  /** The name of the last field in it. */
  readonly field: string;
  /** What others add here counts. */
  readonly whole: boolean;
}

function drift(wanted: unknown, found: unknown, at: Place): string | undefined {
  if (wanted === found || (isNothing(wanted, at.field) && isNothing(found, at.field))) return undefined;
  if (isObject(wanted)) return isObject(found) ? objectDrift(wanted, found, at) : at.path;
  if (Array.isArray(wanted)) return Array.isArray(found) ? listDrift(wanted, found, at) : at.path;
  return same(wanted, found, at.path) ? undefined : at.path;
}

/** Parts of an API that somebody owns as a whole. */
const WHOLE = /(elector|KeyRef|fieldRef|FieldRef)$/;
/** Empty, they say everything; absent, nothing. */
const LABEL_SELECTOR = /^(pod|namespace|label)Selector$/;
/** What the API server leaves out when it is false or nought; elsewhere that says something. */
const LEFT_OUT = new Set([
  ...['hostNetwork', 'hostPID', 'hostIPC', 'readOnly', 'stdin', 'stdinOnce', 'tty'],
  ...['initialDelaySeconds', 'hostPort', 'publishNotReadyAddresses'],
]);
/** What it fills in where all else is ours. */
const FILLED_IN: Json = { apiVersion: 'v1', defaultMode: 0o644, divisor: '0', expirationSeconds: 3_600 };

/** The API server leaves out what says nothing. */
function isNothing(value: unknown, field: string): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (value === false || value === 0) return LEFT_OUT.has(field);
  if (Array.isArray(value)) return value.length === 0;
  return (
    isObject(value) &&
    !LABEL_SELECTOR.test(field) &&
    Object.entries(value).every(([name, part]) => isNothing(part, name))
  );
}

function objectDrift(wanted: Json, found: Json, { path, field, whole }: Place): string | undefined {
  const within = (name: string): Place => ({
    path: path === '' ? name : `${path}.${name}`,
    field: name,
    whole: whole || WHOLE.test(field),
  });
  for (const [name, value] of Object.entries(wanted)) {
    const there = drift(value, found[name], within(name));
    if (there !== undefined) return there;
  }
  if (!within('').whole) return undefined;
  const added = Object.entries(found).find(
    ([name, value]) => !(name in wanted) && !isNothing(value, name) && FILLED_IN[name] !== value,
  );
  return added && within(added[0]).path;
}

/** Lists with keys are ours entry by entry, others as a whole. */
function listDrift(wanted: readonly unknown[], found: readonly unknown[], at: Place): string | undefined {
  const keyOf = at.whole ? undefined : keysOf(at);
  if (!keyOf && wanted.length !== found.length) return at.path;
  for (const [i, entry] of wanted.entries()) {
    const key = keyOf?.(entry);
    const other = keyOf ? found.find((one) => keyOf(one) === key) : found[i];
    const within = { path: `${at.path}[${key ?? i}]`, field: '', whole: keyOf === undefined };
    const there = drift(entry, other, within);
    if (there !== undefined) return there;
  }
  return undefined;
}

/** `x-kubernetes-list-map-keys`, by the field that the list is. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  claims: ['name'],
  containers: ['name'],
  env: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  ownerReferences: ['uid'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

function keysOf({ path, field }: Place): ((entry: unknown) => string) | undefined {
  const portOf = path === 'spec.ports' ? 'port' : 'containerPort';
  const keys = field === 'ports' ? [portOf] : KEYS[field];
  if (!keys) return undefined;
  return (entry) => {
    const fields = isObject(entry) ? keys.map((key) => entry[key]) : [];
    // The same port of two protocols is two.
    if (field === 'ports' && isObject(entry)) fields.push(entry.protocol ?? 'TCP');
    return fields.join('/');
  };
}

/** Where the API server keeps amounts, which it writes in its own way: 1000m is 1. */
const AMOUNTS = /\.(limits|requests|sizeLimit|divisor)(\.|$)/;

function same(wanted: unknown, found: unknown, path: string): boolean {
  return AMOUNTS.test(path) && amountOf(wanted) !== undefined && amountOf(wanted) === amountOf(found);
}
