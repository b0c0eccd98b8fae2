import type { GraphNode, ModuleReference } from './graph.ts';

/** What was made here from bytes, by what the bytes said: sent on, it is said again instead of taken apart. */
export interface ModuleExport {
  readonly root: 'module';
  readonly module: ModuleReference;
  readonly path: readonly string[];
}

interface Origins {
  readonly nodes: WeakMap<object, GraphNode>;
  readonly exported: WeakMap<WeakKey, ModuleExport>;
}

/** A task that imports the client brings a second copy of this module into its thread: what the first one made, the second sends on. */
const ORIGINS = Symbol.for('taskloom.origins');
const shared = globalThis as unknown as { [ORIGINS]?: Origins };
shared[ORIGINS] ??= { nodes: new WeakMap(), exported: new WeakMap() };
const { nodes, exported } = shared[ORIGINS];

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

/** What scripts of this process have imported, by module and name of the export. */
const imports = new Map<string, WeakRef<WeakKey>>();

/** What comes home under this name is this: a package may have another edition for `require`, which is how it would be found. */
export function noteImportHere(value: unknown, module: ModuleReference, name: string): void {
  if (hasIdentity(value)) imports.set(importKey(module, name), new WeakRef(value));
}

export function importHere(module: ModuleReference, name: string): WeakKey | undefined {
  return imports.size === 0 ? undefined : imports.get(importKey(module, name))?.deref();
}

function importKey({ name, target, from, esm }: ModuleReference, exported: string): string {
  return [name, Object.values(target), from, esm, exported].join(' ');
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Objects, functions, and symbols that no registry gives to everybody. */
export function hasIdentity(value: unknown): value is WeakKey {
  return isObject(value) || (typeof value === 'symbol' && Symbol.keyFor(value) === undefined);
}
