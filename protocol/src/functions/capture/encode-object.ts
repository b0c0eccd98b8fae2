import { types } from 'node:util';
import type { GraphNode, Slot } from '../graph.ts';
import { stampPrivate } from './encode-private.ts';
import { encodeProperties } from './encode-properties.ts';
import type { GraphEncoder, Standing } from './encoder.ts';
import { lookUpKnown } from './known.ts';
import { below, type Path, refuse } from './path.ts';
import { findRecipe } from './recipes.ts';
import { reasonToStay } from './residents.ts';
import { broughtBy, findSlotted } from './slotted.ts';

/** An object that is not plain all the way: how it is made, and the steps that fill it. */
export function encodeObject(
  encoder: GraphEncoder,
  value: object,
  node: number,
  path: Path | undefined,
  standing: Standing,
): GraphNode {
  if (types.isModuleNamespaceObject(value)) return encodeNamespace(encoder, value, node, path);
  const recipe = findRecipe(value);
  if (recipe) return ['make', recipe.name, recipe.state];
  const reason = reasonToStay(value);
  if (reason) refuse(path, reason);
  const inner = isContainer(value) ? standing : 'captured';
  const { base, arrows } = stampPrivate(encoder, value, node, path);
  const made = makeNode(encoder, value, node, path, base);
  encodeEntries(encoder, value, node, path, inner);
  const brought = broughtBy(value);
  encodeProperties(encoder, value, node, path, inner, (key) => brought(key) || arrows.has(String(key)));
  if (!Object.isExtensible(value)) encoder.seals.push(['seal', node, sealOf(value)]);
  return made;
}

function makeNode(
  encoder: GraphEncoder,
  value: object,
  node: number,
  path: Path | undefined,
  base: Slot | undefined,
): GraphNode {
  const prototype: object | null = Object.getPrototypeOf(value);
  const slotted = findSlotted(value);
  if (slotted) {
    if (!slotted.usual) encoder.steps.push(['prototype', node, prototypeSlot(encoder, prototype, path)]);
    return slotted.make();
  }
  const slot = prototypeSlot(encoder, prototype, path);
  return base === undefined ? ['object', slot] : ['hollow', base, slot];
}

function isContainer(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return [null, Object.prototype, Array.prototype, Map.prototype, Set.prototype].includes(prototype as null);
}

function sealOf(value: object): 'frozen' | 'sealed' | 'fixed' {
  if (Object.isFrozen(value)) return 'frozen';
  return Object.isSealed(value) ? 'sealed' : 'fixed';
}

export function prototypeSlot(encoder: GraphEncoder, prototype: object | null, path: Path | undefined): Slot {
  if (prototype === null) return [null];
  if (lookUpKnown(prototype)) return encoder.slot(prototype, path, 'captured');
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof owner === 'function' && owner.prototype === prototype) {
    const index = encoder.indexOf(prototype);
    if (index !== undefined) return index;
    const slot = encoder.slot(owner, below(path, owner.name || 'class'), 'captured');
    return encoder.shared(prototype, () => ['prototype', slot]);
  }
  return encoder.slot(prototype, below(path, '[[Prototype]]'), 'captured');
}

function encodeNamespace(
  encoder: GraphEncoder,
  value: object,
  node: number,
  path: Path | undefined,
): GraphNode {
  for (const key of Object.keys(value)) {
    const slot = encoder.slot(Reflect.get(value, key), below(path, key), 'captured');
    encoder.steps.push(['properties', node, [key], [slot]]);
  }
  return ['object', [null]];
}

function encodeEntries(
  encoder: GraphEncoder,
  value: object,
  node: number,
  path: Path | undefined,
  standing: Standing,
): void {
  if (types.isWeakMap(value) || types.isWeakSet(value))
    encoder.weak.push({ node, value, path, taken: new Set() });
  else if (types.isMap(value)) {
    const slots = [...value].flatMap(([key, item]) => [
      encoder.slot(key, below(path, `key ${label(key)}`), standing),
      encoder.slot(item, below(path, `get(${label(key)})`), standing),
    ]);
    if (slots.length > 0) encoder.steps.push(['entries', node, slots]);
  } else if (types.isSet(value)) {
    const slots = [...value].map((item, index) => encoder.slot(item, below(path, `item ${index}`), standing));
    if (slots.length > 0) encoder.steps.push(['entries', node, slots]);
  }
}

function label(key: unknown): string {
  return typeof key === 'string' || typeof key === 'number' ? JSON.stringify(key) : typeof key;
}
