import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { ModuleReference } from '../graph.ts';
import { missingModule } from './errors.ts';
import { importFrom } from './import-from.ts';
import { basesOf, findPackageFile, homeOf, installedVersion } from './places.ts';
import { requireOf } from './script-globals.ts';

/** Modules that functions refer to, loaded once, by name or by URL. */
const loaded = new Map<string, unknown>();

export function isLoaded(module: ModuleReference): boolean {
  return loaded.has(keyOf(module));
}

function keyOf({ name, target, from, esm }: ModuleReference): string {
  return [esm ? 'import' : 'require', name, ...Object.values(target), from].join(' ');
}

/** Loads as `import` does. */
export async function importModule(module: ModuleReference): Promise<void> {
  const attempts = attemptsFor(module);
  for (const { base, specifier } of attempts) {
    try {
      keep(module, base, await importFrom(base, specifier));
      return;
    } catch (error) {
      attempts.note(error);
    }
  }
  throw attempts.missing();
}

/** Loads at once: as `require` does, which also takes ES modules that do not await at their top level. */
export function requireModule(module: ModuleReference): unknown {
  if (isLoaded(module)) return loaded.get(keyOf(module));
  const attempts = attemptsFor(module);
  for (const { base, specifier } of attempts) {
    try {
      const exported: unknown = createRequire(path.join(base, 'importer.js'))(specifier);
      return keep(module, base, module.esm ? asNamespace(exported) : exported);
    } catch (error) {
      attempts.note(error);
    }
  }
  throw attempts.missing();
}

interface Attempts extends Iterable<{ readonly base: string; readonly specifier: string }> {
  /** Lets the next place be tried when the module was not found; passes on what the module itself threw. */
  note(error: unknown): void;
  missing(): Error;
}

function attemptsFor(module: ModuleReference): Attempts {
  const bases = basesOf(module.from);
  let cause: unknown;
  return {
    *[Symbol.iterator]() {
      for (const base of bases) {
        const specifier = specifierAt(module, base);
        if (specifier !== undefined) yield { base, specifier };
      }
    },
    note(error) {
      if (!isNotFound(error)) throw error;
      cause ??= error;
    },
    missing: () => missingModule(module, bases, cause),
  };
}

function specifierAt({ name, target }: ModuleReference, base: string): string | undefined {
  return 'file' in target ? findPackageFile(name, target.file, base) : target.specifier;
}

const NOT_FOUND = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED']);

function isNotFound(error: unknown): boolean {
  return NOT_FOUND.has(String(Reflect.get(Object(error) as object, 'code')));
}

function keep(module: ModuleReference, base: string, value: unknown): unknown {
  loaded.set(keyOf(module), value);
  const { name, version } = module;
  const installed = installedVersion(name, base);
  if (version && installed && installed !== version)
    process.emitWarning(
      `a function was submitted with ${name}@${version} and runs with ${name}@${installed}`,
      {
        code: 'TASKLOOM_VERSION',
      },
    );
  return value;
}

/** What `import *` would give for what `require` gave. */
function asNamespace(exported: unknown): unknown {
  if (types.isModuleNamespaceObject(exported)) return exported;
  return Object.assign(Object.create(null), exported, { default: exported });
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
