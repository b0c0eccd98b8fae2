/** A name for what somebody wrote: the same for the same, whatever the order of its keys. */

/** JSON with sorted keys, without what is undefined. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isRecord(part) ? sorted(part) : part));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const sorted = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * 64 bits in hex, of two multiplicative hashes (FNV-1a, and the same with Knuth's multiplier). It tells revisions of one cluster apart,
 * of which there are few; nobody gains by making two of his own equal.
 */
export function hashOf(value: unknown): string {
  const text = canonical(value);
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x9e3779b1) ^ (b >>> 15);
  }
  return hex(a) + hex(b);
}

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
