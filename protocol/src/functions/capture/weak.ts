import type { GraphEncoder } from './encoder.ts';
import type { Path } from './path.ts';

/** A WeakMap or WeakSet, which cannot be listed: of its entries, those travel whose keys travel anyway. */
export interface WeakCollection {
  readonly node: number;
  readonly value: WeakMap<WeakKey, unknown> | WeakSet<WeakKey>;
  readonly path: Path | undefined;
  readonly taken: Set<unknown>;
}

/** Adds the entries whose keys are sent by now, as nodes or within plain data. True when there were any: their values may bring more keys. */
export function addWeakEntries(
  encoder: GraphEncoder,
  collections: readonly WeakCollection[],
  indexes: ReadonlyMap<unknown, number>,
  plain: ReadonlySet<object>,
): boolean {
  let added = false;
  for (const { node, value, path, taken } of collections) {
    for (const [key, slot] of [...indexes, ...[...plain].map((object) => [object, [object]] as const)]) {
      if (typeof key !== 'object' || key === null || taken.has(key) || !value.has(key)) continue;
      taken.add(key);
      added = true;
      const item = value instanceof WeakMap ? [encoder.slot(value.get(key), path, 'captured')] : [];
      encoder.steps.push(['entries', node, [slot, ...item]]);
    }
  }
  return added;
}
