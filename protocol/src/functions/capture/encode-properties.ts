import type { Slot } from '../graph.ts';
import type { GraphEncoder, Standing } from './encoder.ts';
import { below, type Path } from './path.ts';

const WRITABLE = 1;
const ENUMERABLE = 2;
const CONFIGURABLE = 4;
const ORDINARY = WRITABLE | ENUMERABLE | CONFIGURABLE;

/** Sends an object's own properties, ordinary ones in one step. */
export function encodeProperties(
  encoder: GraphEncoder,
  value: object,
  node: number,
  path: Path | undefined,
  standing: Standing,
  skip: (key: string | symbol) => boolean = () => false,
): void {
  let keys: string[] = [];
  let values: Slot[] = [];
  // Properties keep their order: an ordinary one that follows another kind begins a new step.
  const flush = () => {
    if (keys.length > 0) encoder.steps.push(['properties', node, keys, values]);
    [keys, values] = [[], []];
  };
  for (const key of Reflect.ownKeys(value)) {
    if (skip(key)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor) continue;
    encoder.constant = false;
    const flags = flagsOf(descriptor);
    const inside = below(path, stepOf(value, key));
    if (descriptor.get || descriptor.set) {
      flush();
      const get = encoder.slot(descriptor.get, below(inside, 'get'), standing);
      const set = encoder.slot(descriptor.set, below(inside, 'set'), standing);
      encoder.steps.push(['accessor', node, encoder.slot(key, inside, standing), flags, get, set]);
      continue;
    }
    const slot = encoder.slot(descriptor.value, inside, standing);
    if (typeof key === 'string' && flags === ORDINARY && key !== '__proto__') {
      keys.push(key);
      values.push(slot);
      continue;
    }
    flush();
    encoder.steps.push(['define', node, encoder.slot(key, inside, standing), flags, slot]);
  }
  flush();
}

export function flagsOf(descriptor: PropertyDescriptor): number {
  return (
    (descriptor.writable ? WRITABLE : 0) |
    (descriptor.enumerable ? ENUMERABLE : 0) |
    (descriptor.configurable ? CONFIGURABLE : 0)
  );
}

function stepOf(value: object, key: string | symbol): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return Array.isArray(value) ? `[${key}]` : key;
}
