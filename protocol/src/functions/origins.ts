import type { GraphNode, ModuleReference } from './graph.ts';

/** What was made here from bytes, by what the bytes said: sent on, it is said again instead of taken apart. */
export interface ModuleExport {
  readonly root: 'module';
  readonly module: ModuleReference;
  readonly path: readonly string[];
}

const nodes = new WeakMap<object, GraphNode>();
const exported = new WeakMap<WeakKey, ModuleExport>();

export function madeFrom(value: object): GraphNode | undefined {
  return nodes.get(value);
}

export function importedAs(value: WeakKey): ModuleExport | undefined {
  return exported.get(value);
}

/** Keeps the node of something that stands for what only exists here. */
export function noteMade<T>(value: T, node: GraphNode): T {
  if (isObject(value)) nodes.set(value, node);
  return value;
}

export function noteImported(value: unknown, as: ModuleExport): void {
  if (hasIdentity(value) && !exported.has(value)) exported.set(value, as);
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Objects, functions, and symbols that no registry gives to everybody. */
export function hasIdentity(value: unknown): value is WeakKey {
  return isObject(value) || (typeof value === 'symbol' && Symbol.keyFor(value) === undefined);
}
