import { existsSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { importFrom } from './import-from.ts';
import { fileOf, findPackageFile, homeOf } from './places.ts';

/** The `require` of a script. */
export function requireOf(url: string): NodeJS.Require {
  return createRequire(path.join(homeOf(url), 'importer.js'));
}

/** The `import()` of a script. */
export function importOf(url: string): (wanted: unknown, options?: ImportCallOptions) => Promise<unknown> {
  return async (wanted, options) => {
    const specifier = String(wanted);
    if (isBuiltin(specifier)) return importFrom(process.cwd(), specifier);
    const home = homeOf(url);
    const file = packageFileOf(specifier, home) ?? servedFileOf(specifier, home);
    return importFrom(home, file ?? specifier, options);
  };
}

/** A path into a package that is not there: a development server wrote it, or it is of another machine. */
function packageFileOf(specifier: string, home: string): string | undefined {
  const [, name, file] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/([^?#]+)/.exec(specifier) ?? [];
  if (!name || !file || !path.isAbsolute(specifier) || existsSync(specifier)) return undefined;
  return findPackageFile(name, file, home) ?? findPackageFile(name, file, process.cwd());
}

/** A path from the root of a development server, which is a folder around the script. */
function servedFileOf(specifier: string, home: string): string | undefined {
  if (!path.isAbsolute(specifier) || existsSync(specifier)) return undefined;
  for (let folder = home; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, specifier);
    if (existsSync(file)) return file;
  }
  return undefined;
}

/** The `import.meta` of a script. */
export function metaOf(url: string): object {
  const file = fileOf(url);
  const resolve = (specifier: string): string => {
    if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
    return isBuiltin(specifier) ? specifier : pathToFileURL(requireOf(url).resolve(specifier)).href;
  };
  return { __proto__: null, url, filename: file, dirname: path.dirname(file), main: false, resolve };
}
