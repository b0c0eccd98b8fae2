import { Module } from 'node:module';
import { types } from 'node:util';
import type { GraphNode } from '../graph.ts';
import { lookUpKnown } from './known.ts';

/** An object of a kind that the runtime keeps state for, which a prototype alone does not give. */
export interface Slotted {
  /** It has the prototype that its kind comes with. */
  readonly usual: boolean;
  make(): GraphNode;
}

export function findSlotted(value: object): Slotted | undefined {
  const kind = KINDS.find(([is]) => is(value));
  if (!kind) return undefined;
  const [, usual, make] = kind;
  return { usual: Object.getPrototypeOf(value) === usual(value), make: () => make(value) };
}

type Kind = readonly [
  is: (value: object) => boolean,
  usual: (value: object) => object | undefined,
  make: (value: object) => GraphNode,
];

const KINDS: readonly Kind[] = [
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

/** Own properties that are not sent: the node itself brings them, or they lead to all modules of the program. */
export function broughtBy(value: object): (key: string | symbol) => boolean {
  if (Array.isArray(value)) return (key) => key === 'length';
  if (types.isNativeError(value)) return (key) => key === 'stack';
  if (types.isRegExp(value)) return (key) => key === 'lastIndex' && (value as RegExp).lastIndex === 0;
  if (types.isStringObject(value)) return (key) => key === 'length' || /^\d+$/.test(String(key));
  if (ArrayBuffer.isView(value)) return (key) => typeof key === 'string' && /^\d+$/.test(key);
  if (types.isArgumentsObject(value)) return (key) => key === 'callee';
  if (value instanceof Module) return (key) => key === 'children' || typeof key === 'symbol';
  return () => false;
}
