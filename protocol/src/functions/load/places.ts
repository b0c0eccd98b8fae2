import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Directories from which a package may be found: where it was imported, when this machine has that, and here. */
export function basesOf(from: string): string[] {
  const here = process.cwd();
  return existsSync(from) && from !== here ? [from, here] : [here];
}

export function fileOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
}

/** The directory of a script that may be on another machine. */
export function homeOf(url: string): string {
  const file = fileOf(url);
  const directory = path.isAbsolute(file) ? path.dirname(file) : process.cwd();
  return existsSync(directory) ? directory : process.cwd();
}

/** A file of an installed package, as a module in the directory would find it. */
export function findPackageFile(name: string, file: string, base: string): string | undefined {
  for (let at = base; ; at = path.dirname(at)) {
    const found = path.join(at, 'node_modules', name, file);
    if (existsSync(found)) return found;
    if (at === path.dirname(at)) return undefined;
  }
}

/** The version of a package that is installed; undefined when there is none. */
export function installedVersion(name: string, base: string): string | undefined {
  const manifest = findPackageFile(name, 'package.json', base);
  const content: unknown = manifest && JSON.parse(readFileSync(manifest, 'utf8'));
  const version: unknown =
    content && typeof content === 'object' ? Reflect.get(content, 'version') : undefined;
  return typeof version === 'string' ? version : undefined;
}
