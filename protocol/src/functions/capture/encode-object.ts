import { types } from 'node:util';
import type { AnyFunction, GraphNode, Slot } from '../graph.ts';
import { encodeProperties } from './encode-properties.ts';
import type { GraphEncoder, Standing } from './encoder.ts';
import { entryOf } from './entry.ts';
import { viewPrivateFields } from './inspector.ts';
import { lookUpKnown } from './known.ts';
import { below, type Path, refuse } from './path.ts';
import { findRecipe } from './recipes.ts';
import { reasonToStay } from './residents.ts';

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
  const made = makeNode(encoder, value, path) ?? encodeInstance(encoder, value, node, path);
  encodeEntries(encoder, value, node, path, inner);
  encodeProperties(encoder, value, node, path, inner, skipFor(value));
  if (!Object.isExtensible(value)) encoder.seals.push(['seal', node, sealOf(value)]);
  return made;
}

function isContainer(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return [null, Object.prototype, Array.prototype, Map.prototype, Set.prototype].includes(prototype as null);
}

function sealOf(value: object): 'frozen' | 'sealed' | 'fixed' {
  if (Object.isFrozen(value)) return 'frozen';
  return Object.isSealed(value) ? 'sealed' : 'fixed';
}

/** Objects with slots of their own; a prototype that is not the usual one is set by a step. */
function makeNode(encoder: GraphEncoder, value: object, path: Path | undefined): GraphNode | undefined {
  const kind = SLOTTED.find(([is]) => is(value));
  if (!kind) return undefined;
  const [, usual, make] = kind;
  const prototype: object | null = Object.getPrototypeOf(value);
  const node = encoder.indexOf(value);
  if (prototype !== usual(value) && node !== undefined)
    encoder.steps.push(['prototype', node, prototypeSlot(encoder, prototype, path)]);
  stampPrivate(encoder, value, path);
  return make(value);
}

type Slotted = readonly [
  is: (value: object) => boolean,
  usual: (value: object) => object | undefined,
  make: (value: object) => GraphNode,
];

const SLOTTED: readonly Slotted[] = [
  [Array.isArray, () => Array.prototype, (value) => ['array', (value as unknown[]).length]],
  [types.isMap, () => Map.prototype, () => ['map']],
  [types.isSet, () => Set.prototype, () => ['set']],
  [types.isWeakMap, () => WeakMap.prototype, () => ['weakmap']],
  [types.isWeakSet, () => WeakSet.prototype, () => ['weakset']],
  [types.isNativeError, () => undefined, (value) => ['error', stackOf(value)]],
  [types.isDate, () => Date.prototype, (value) => ['plain', new Date(Number(value))]],
  [types.isRegExp, () => RegExp.prototype, (value) => ['plain', new RegExp(value as RegExp)]],
  [types.isBoxedPrimitive, boxPrototype, (value) => ['make', 'box', [value.valueOf()]]],
  [ArrayBuffer.isView, viewPrototype, (value) => ['plain', plainView(value as Uint8Array)]],
];

function stackOf(error: object): string | null {
  const stack: unknown = Reflect.get(error, 'stack');
  return typeof stack === 'string' ? stack : null;
}

function boxPrototype(value: object): object {
  return Object.getPrototypeOf(Object(value.valueOf())) as object;
}

/** The nearest prototype that is the runtime's own. */
function viewPrototype(value: object): object | undefined {
  let prototype: object | null = Object.getPrototypeOf(value);
  while (prototype && !lookUpKnown(prototype)) prototype = Object.getPrototypeOf(prototype);
  return prototype ?? undefined;
}

function plainView(value: Uint8Array): unknown {
  const prototype = viewPrototype(value) as { constructor: new (...args: unknown[]) => object };
  return prototype.constructor === Buffer
    ? Buffer.from(value)
    : new prototype.constructor(value.buffer, value.byteOffset, value.length ?? value.byteLength);
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

function encodeInstance(
  encoder: GraphEncoder,
  value: object,
  _node: number,
  path: Path | undefined,
): GraphNode {
  const prototype: object | null = Object.getPrototypeOf(value);
  const slot = prototypeSlot(encoder, prototype, path);
  const base = stampPrivate(encoder, value, path);
  return base === undefined ? ['object', slot] : ['hollow', base, slot];
}

/** Sends private fields. Returns the class at the bottom of the chain when making the object is up to it. */
function stampPrivate(encoder: GraphEncoder, value: object, path: Path | undefined): Slot | undefined {
  const classes = privateClasses(value);
  if (classes.length === 0) return undefined;
  const fields = viewPrivateFields(value);
  let at = 0;
  let base: Slot | undefined;
  for (const { owner, names, derived } of classes) {
    const slot = encoder.slot(owner, path, 'captured');
    const values = names.map((name) => {
      const field = fields[at++];
      if (field?.name !== name) refuse(path, `the private field ${name} of ${owner.name} cannot be read`);
      return encoder.slot(field.value, below(path, name), 'captured');
    });
    const node = encoder.indexOf(value);
    if (node !== undefined) encoder.steps.push(['private', node, slot, derived, values]);
    if (!derived) base = slot;
  }
  return base;
}

interface PrivateClass {
  readonly owner: AnyFunction;
  readonly names: readonly string[];
  readonly derived: boolean;
}

/** Classes of the user's in the prototype chain that have private fields, the base first. */
function privateClasses(value: object): PrivateClass[] {
  const classes: PrivateClass[] = [];
  for (
    let at: object | null = Object.getPrototypeOf(value);
    at && !lookUpKnown(at);
    at = Object.getPrototypeOf(at)
  ) {
    const owner: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (
      typeof owner !== 'function' ||
      Reflect.get(owner, 'prototype') !== at ||
      !isClass(owner as AnyFunction)
    )
      continue;
    const { shape } = entryOf(owner).template;
    if (shape?.privateFields.length)
      classes.unshift({ owner: owner as AnyFunction, names: shape.privateFields, derived: shape.derived });
  }
  return classes;
}

function isClass(fn: AnyFunction): boolean {
  return Function.prototype.toString.call(fn).startsWith('class');
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

/** Own properties that the node itself brings. */
function skipFor(value: object): (key: string | symbol) => boolean {
  if (Array.isArray(value)) return (key) => key === 'length';
  if (types.isNativeError(value)) return (key) => key === 'stack';
  if (types.isRegExp(value)) return (key) => key === 'lastIndex' && (value as RegExp).lastIndex === 0;
  if (types.isStringObject(value)) return (key) => key === 'length' || /^\d+$/.test(String(key));
  if (ArrayBuffer.isView(value)) return (key) => typeof key === 'string' && /^\d+$/.test(key);
  return () => false;
}
