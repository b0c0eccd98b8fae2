import { existsSync } from 'node:fs';
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { ModuleReference } from '../graph.ts';
import { ModuleMissingError } from './errors.ts';

/** Modules that functions refer to, by name: from the importer's directory when this machine has it, else from here. */
const loaded = new Map<string, unknown>();

export function isLoaded(module: ModuleReference): boolean {
  return loaded.has(keyOf(module));
}

function keyOf({ name, target, from, esm }: ModuleReference): string {
  return [esm ? 'import' : 'require', name, ...Object.values(target), from].join(' ');
}

/** Loads as `import` does. */
export async function importModule(module: ModuleReference): Promise<void> {
  const key = keyOf(module);
  if (loaded.has(key)) return;
  const failures: unknown[] = [];
  for (const base of basesOf(module.from)) {
    try {
      const specifier = specifierAt(module, base);
      if (specifier === undefined) continue;
      loaded.set(key, await importFrom(base, specifier));
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      failures.push(error);
    }
  }
  throw missing(module, failures);
}

/** Loads at once: as `require` does, which also takes ES modules that do not await at their top level. */
export function requireModule(module: ModuleReference): unknown {
  const key = keyOf(module);
  if (loaded.has(key)) return loaded.get(key);
  const failures: unknown[] = [];
  for (const base of basesOf(module.from)) {
    try {
      const specifier = specifierAt(module, base);
      if (specifier === undefined) continue;
      const exported: unknown = createRequire(path.join(base, 'importer.js'))(specifier);
      const value = module.esm ? asNamespace(exported) : exported;
      loaded.set(key, value);
      return value;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      failures.push(error);
    }
  }
  throw missing(module, failures);
}

/** What `import *` would give for what `require` gave. */
function asNamespace(exported: unknown): unknown {
  if (types.isModuleNamespaceObject(exported)) return exported;
  return Object.assign(Object.create(null), exported, { default: exported });
}

function basesOf(from: string): string[] {
  const here = process.cwd();
  return existsSync(from) && from !== here ? [from, here] : [here];
}

function specifierAt({ name, target }: ModuleReference, base: string): string | undefined {
  return 'file' in target ? findPackageFile(name, target.file, base) : target.specifier;
}

function findPackageFile(name: string, file: string, base: string): string | undefined {
  for (let at = base; ; at = path.dirname(at)) {
    const found = path.join(at, 'node_modules', name, file);
    if (existsSync(found)) return found;
    if (at === path.dirname(at)) return undefined;
  }
}

const NOT_FOUND = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);

function isNotFound(error: unknown): boolean {
  return NOT_FOUND.has(String(Reflect.get(Object(error) as object, 'code')));
}

function missing(module: ModuleReference, failures: readonly unknown[]): ModuleMissingError {
  const versioned = module.version ? `${module.name}@${module.version}` : module.name;
  const places = basesOf(module.from).join(' and ');
  return new ModuleMissingError(
    `the function uses ${versioned}, which is not installed where it runs (looked from ${places}): ` +
      `add it to what the workers run, as with npm install ${versioned}`,
    { cause: failures[0] },
  );
}

type Importer = (specifier: string) => Promise<unknown>;

const IMPORTER = '?taskloom-import=';
let hooked = false;

/** `import(specifier)` as if a file in the directory said it; the runtime has no such call, so a resolve hook makes one. */
export async function importFrom(base: string, specifier: string): Promise<unknown> {
  if (!hooked) {
    hooked = true;
    registerHooks({
      resolve(asked, context, next) {
        const at = asked.indexOf(IMPORTER);
        if (at < 0) return next(asked, context);
        const wanted = decodeURIComponent(asked.slice(at + IMPORTER.length));
        return next(wanted, { ...context, parentURL: asked.slice(0, at) });
      },
    });
  }
  const wanted = path.isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier;
  const importer = pathToFileURL(path.join(base, 'importer.mjs')).href;
  return import(/* @vite-ignore */ `${importer}${IMPORTER}${encodeURIComponent(wanted)}`);
}

/** The directory of a script that may be on another machine. */
function homeOf(url: string): string {
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
  const directory = path.isAbsolute(file) ? path.dirname(file) : process.cwd();
  return existsSync(directory) ? directory : process.cwd();
}

/** The `require` of a script. */
export function requireOf(url: string): NodeJS.Require {
  return createRequire(path.join(homeOf(url), 'importer.js'));
}

/** The `import()` of a script. */
export function importOf(url: string): Importer {
  return async (specifier) => {
    if (isBuiltin(specifier)) return importFrom(process.cwd(), specifier);
    const home = homeOf(url);
    return importFrom(home, packageFileOf(specifier, home) ?? specifier);
  };
}

/** A path into a package that is not there: a development server wrote it, or it is of another machine. */
function packageFileOf(specifier: string, home: string): string | undefined {
  const [, name, file] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/([^?#]+)/.exec(specifier) ?? [];
  if (!name || !file || !path.isAbsolute(specifier) || existsSync(specifier)) return undefined;
  return findPackageFile(name, file, home) ?? findPackageFile(name, file, process.cwd());
}

/** The `import.meta` of a script. */
export function metaOf(url: string): object {
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
  const resolve = (specifier: string) =>
    /^\.{0,2}\//.test(specifier)
      ? new URL(specifier, url).href
      : isBuiltin(specifier)
        ? specifier
        : pathToFileURL(requireOf(url).resolve(specifier)).href;
  return { __proto__: null, url, filename: file, dirname: path.dirname(file), main: false, resolve };
}

/** A module of the user's own that is reached by its file: what functions without an inspector are sent as. */
export async function importFile(url: string): Promise<void> {
  if (!loaded.has(url)) loaded.set(url, await importFrom(homeOf(url), url));
}

export function isFileLoaded(url: string): boolean {
  return loaded.has(url);
}

export function requireFile(url: string): unknown {
  if (!loaded.has(url)) loaded.set(url, asNamespace(requireOf(url)(fileURLToPath(url))));
  return loaded.get(url);
}
