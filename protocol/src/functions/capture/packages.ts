import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModuleReference } from '../graph.ts';

/** A module of a package, as one of its importers names it. */
export type ModuleKey = ModuleReference;

interface Package {
  readonly name: string;
  readonly root: string;
  readonly version: string;
}

const IN_PACKAGES = /^(.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)(?:[\\/](.*))?$/;
const OWN_SCOPE = '@taskloom/';
const keys = new Map<string, ModuleKey>();
const versions = new Map<string, string>();

/** The package that a file belongs to; undefined for the user's own files. */
export function packageOfFile(file: string): Package | undefined {
  const match = IN_PACKAGES.exec(file);
  if (!match) return undefined;
  const name = match[2]!.replaceAll('\\', '/');
  const root = path.join(match[1]!, match[2]!);
  return { name, root, version: versionAt(root) };
}

/** The name of the package that a script belongs to; what a bundle took in is the user's own. */
export function packageOfUrl(url = ''): string | undefined {
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
  return path.isAbsolute(file) ? packageOfFile(file)?.name : undefined;
}

function versionAt(root: string): string {
  const known = versions.get(root);
  if (known !== undefined) return known;
  const version = readVersion(path.join(root, 'package.json'));
  versions.set(root, version);
  return version;
}

function readVersion(file: string): string {
  if (!existsSync(file)) return '';
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const version: unknown = typeof manifest === 'object' && manifest ? Reflect.get(manifest, 'version') : '';
  return typeof version === 'string' ? version : '';
}

/** The same object for the same module, so that it is named once. */
export function internModule(module: ModuleKey): ModuleKey {
  const { name, target, from, esm } = module;
  const text = JSON.stringify([name, target, from, esm]);
  const known = keys.get(text) ?? module;
  keys.set(text, known);
  return known;
}

/** A CommonJS file of a package, by its place below the package: `exports` would hide it from a specifier. */
export function fileModule(file: string, esm = false): ModuleKey | undefined {
  const owner = packageOfFile(file);
  if (!owner) return undefined;
  const relative = path.relative(owner.root, file).replaceAll('\\', '/');
  const from = path.dirname(path.dirname(owner.root));
  const { name, version } = owner;
  return internModule({ name, version, target: { file: relative }, from, esm });
}

/** The package that an import names; undefined when it names the user's own code (relative, alias, linked workspace). */
export function importedModule(specifier: string, importer: string): ModuleKey | undefined {
  if (isBuiltin(specifier)) return undefined;
  const file = fileOfSpecifier(specifier);
  if (file !== undefined) return fileModule(file, true);
  const name = /^(?:@[^/]+\/)?[^/.#][^/]*/.exec(specifier)?.[0];
  if (!name) return undefined;
  const from = directoryOf(importer);
  const root = findPackage(name, from);
  if (!root) return undefined;
  if (!name.startsWith(OWN_SCOPE) && !packageOfFile(realpathSync(root))) return undefined;
  return internModule({ name, version: versionAt(root), target: { specifier }, from, esm: true });
}

/** Development servers write file URLs, `/@fs/` paths and paths below their root where the author wrote a name. */
function fileOfSpecifier(specifier: string): string | undefined {
  const plain = specifier.replace(/[?#].*$/, '');
  if (plain.startsWith('file:')) return fileURLToPath(plain);
  if (plain.startsWith('/@fs/')) return plain.slice('/@fs'.length);
  if (!path.isAbsolute(plain)) return undefined;
  const belowRoot = path.join(process.cwd(), plain);
  return !existsSync(plain) && existsSync(belowRoot) ? belowRoot : plain;
}

export function directoryOf(importer: string): string {
  const file = importer.startsWith('file:') ? fileURLToPath(importer.replace(/[?#].*$/, '')) : importer;
  return path.isAbsolute(file) ? path.dirname(file) : process.cwd();
}

function findPackage(name: string, from: string): string | undefined {
  for (let at = from; ; at = path.dirname(at)) {
    const root = path.join(at, 'node_modules', name);
    if (existsSync(path.join(root, 'package.json'))) return root;
    if (at === path.dirname(at)) return undefined;
  }
}
