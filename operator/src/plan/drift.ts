/**
 * Whether an object still is what we say of it. What the API server adds (defaults, fields of others) is not ours and does not count;
 * what it writes in another way (amounts, what is empty) is the same. Without this every look would be a write.
 */
import { isObject, MERGE_KEYS } from '../desired/merge.ts';
import { amountOf } from '../desired/quantity.ts';

/** The path of the first field that is not as wanted, such as `spec.ports[0].port`; nothing when all is. */
export function drifted(wanted: unknown, found: unknown, path = ''): string | undefined {
  if (wanted === found || (isEmpty(wanted) && isEmpty(found))) return undefined;
  if (isObject(wanted)) return isObject(found) ? objectDrift(wanted, found, path) : path;
  if (Array.isArray(wanted)) return Array.isArray(found) ? listDrift(wanted, found, path) : path;
  return same(wanted, found, path) ? undefined : path;
}

/** The API server leaves out what says nothing. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(isEmpty));

function objectDrift(
  wanted: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  for (const [field, value] of Object.entries(wanted)) {
    const drift = drifted(value, found[field], path === '' ? field : `${path}.${field}`);
    if (drift !== undefined) return drift;
  }
  return undefined;
}

/** Lists with named entries are ours entry by entry; others are ours as a whole. */
function listDrift(wanted: readonly unknown[], found: readonly unknown[], path: string): string | undefined {
  const key = MERGE_KEYS[path.slice(path.lastIndexOf('.') + 1)];
  const nameOf = (entry: unknown) => (key && isObject(entry) ? entry[key] : undefined);
  const named = key !== undefined && wanted.every((entry) => nameOf(entry) !== undefined);
  if (!named && wanted.length !== found.length) return path;
  for (const [i, entry] of wanted.entries()) {
    const other = named ? found.find((one) => nameOf(one) === nameOf(entry)) : found[i];
    const drift = drifted(entry, other, `${path}[${named ? String(nameOf(entry)) : i}]`);
    if (drift !== undefined) return drift;
  }
  return undefined;
}

/** Where the API server keeps amounts, which it writes in its own way: 1000m is 1. */
const AMOUNTS = /\.(limits|requests|sizeLimit|divisor)(\.|$)/;

function same(wanted: unknown, found: unknown, path: string): boolean {
  return AMOUNTS.test(path) && amountOf(wanted) !== undefined && amountOf(wanted) === amountOf(found);
}
