import { createRequire, isBuiltin, Module } from 'node:module';
import { HIDDEN_INTRINSICS } from '../hidden.ts';
import { hasIdentity, importedAs, isObject } from '../origins.ts';
import { stepName } from '../paths.ts';
import { isStandardGlobal, readGlobal } from './globals.ts';
import { fileModule, type ModuleKey } from './packages.ts';

/**
 * Objects and symbols that a worker has too, by identity: intrinsics, Node's modules, CommonJS packages, and what scripts imported.
 *
 * 1. The first name given to an object stays: globals before Node's modules before packages.
 * 2. Looking never runs a getter: what was not read yet cannot have been captured.
 * 3. `refresh` follows modules that were loaded since; a look-up alone is one Map access.
 */
export type Known =
  | { readonly root: 'global'; readonly path: readonly string[] }
  | { readonly root: 'node'; readonly id: string; readonly path: readonly string[] }
  | { readonly root: 'module'; readonly module: ModuleKey; readonly path: readonly string[] };

type Named = (path: readonly string[]) => Known;

const known = new Map<WeakKey, Known>();
const seenBuiltins = new Set<string>();
/** What hangs off Node's own objects and is this process's: under these names a worker has something else. */
const OF_THIS_PROCESS = new Set(['argv', 'execArgv', 'workerData']);
let seenLoads = -1;
let seenFiles = 0;
const cache = createRequire(import.meta.url).cache;

export function lookUpKnown(value: WeakKey): Known | undefined {
  return known.get(value) ?? importedAs(value);
}

/** Makes an imported value known by where it was imported from. */
export function addKnown(value: unknown, name: Known): void {
  if (hasIdentity(value) && !known.has(value)) known.set(value, name);
}

export function refreshKnown(): void {
  const loads: readonly string[] = Reflect.get(process, 'moduleLoadList') ?? [];
  if (loads.length !== seenLoads) {
    indexGlobals(loads);
    for (const load of loads) indexBuiltin(load);
    seenLoads = loads.length;
  }
  const files = Object.keys(cache);
  for (const file of files.slice(files.length < seenFiles ? 0 : seenFiles)) indexPackageFile(file);
  seenFiles = files.length;
}

function indexGlobals(loads: readonly string[]): void {
  for (const [name, find] of HIDDEN_INTRINSICS) index(find(), [name], globalNamed, 2);
  for (const key of Object.getOwnPropertyNames(globalThis)) {
    if (!isStandardGlobal(key) || key === 'globalThis' || key === 'global') continue;
    const value = readGlobal(key, loads);
    if (isObject(value)) index(value, [key], globalNamed, 3);
  }
  addKnown(globalThis, globalNamed(['globalThis']));
}

function globalNamed(path: readonly string[]): Known {
  return { root: 'global', path };
}

function indexBuiltin(load: string): void {
  const id = /^NativeModule (.+)$/.exec(load)?.[1];
  if (!id || seenBuiltins.has(id) || !isBuiltin(id)) return;
  seenBuiltins.add(id);
  const named: Named = (path) => ({ root: 'node', id, path });
  const exported: unknown = process.getBuiltinModule(id);
  if (!isObject(exported)) return;
  index(exported, [], named, 4);
  if (id === 'fs') index(process.getBuiltinModule('fs/promises'), ['promises'], named, 2);
}

/** Node exports some of its classes by getters; of those, the one that is named like what is looked for is read. */
export function findLazyExport(value: object, name: string): Known | undefined {
  for (const id of seenBuiltins) {
    const exported: unknown = process.getBuiltinModule(id);
    const getter = isObject(exported) ? Object.getOwnPropertyDescriptor(exported, name)?.get : undefined;
    if (!getter || Reflect.apply(getter, exported, []) !== value) continue;
    addKnown(value, { root: 'node', id, path: [name] });
    addKnown(Reflect.get(value, 'prototype'), { root: 'node', id, path: [name, 'prototype'] });
  }
  return known.get(value);
}

function indexPackageFile(file: string): void {
  const module = fileModule(file);
  const exported: unknown = cache[file]?.exports;
  if (!module || !isObject(exported)) return;
  index(exported, [], (path) => ({ root: 'module', module, path }), 2);
}

/** Names an object and, to a depth, what hangs off it by data properties, accessors and prototypes. */
function index(value: object, path: readonly string[], named: Named, depth: number): void {
  // A CommonJS module that hangs off Node's own objects, as `process.mainModule` does, is the user's.
  if (value instanceof Module) return;
  if (!known.has(value)) known.set(value, named(path));
  else if (path.length > 0) return;
  if (depth === 0 || ArrayBuffer.isView(value)) return;
  for (const key of Reflect.ownKeys(value)) {
    const step = stepName(key);
    // Underscored properties are caches and internals: `module._cache` holds the user's own modules.
    if (step === undefined || step === 'constructor' || step.startsWith('_')) continue;
    if (OF_THIS_PROCESS.has(step)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (typeof descriptor?.value === 'symbol') addKnown(descriptor.value, named([...path, step]));
    if (isObject(descriptor?.value)) index(descriptor.value, [...path, step], named, depth - 1);
    if (descriptor?.get) addKnown(descriptor.get, named([...path, `get ${step}`]));
    if (descriptor?.set) addKnown(descriptor.set, named([...path, `set ${step}`]));
  }
}
