/** What a worker's image has for tasks. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** More than any image of sense has; the list travels once for each worker. */
const MOST = 5_000;

/** Versions of the packages that code in this directory finds, by name: of `node_modules` here and above, the nearest counts. */
export async function packagesFrom(directory: string): Promise<Record<string, string>> {
  const found = new Map<string, string>();
  for (let at = directory; ; at = dirname(at)) {
    for (const [name, version] of await installedIn(join(at, 'node_modules')))
      if (!found.has(name) && found.size < MOST) found.set(name, version);
    if (at === dirname(at)) return Object.fromEntries(found);
  }
}

async function installedIn(folder: string): Promise<(readonly [string, string])[]> {
  const names = await namesIn(folder);
  const scoped = await Promise.all(
    names.map(async (name) =>
      name.startsWith('@') ? (await namesIn(join(folder, name))).map((each) => `${name}/${each}`) : [name],
    ),
  );
  const all = scoped.flat().map(async (name) => [name, await versionIn(join(folder, name))] as const);
  return (await Promise.all(all)).flatMap(([name, version]) => (version ? [[name, version] as const] : []));
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((name) => !name.startsWith('.'));
}

async function versionIn(folder: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const version: unknown = Object(manifest) === manifest && Reflect.get(manifest as object, 'version');
    return typeof version === 'string' ? version : undefined;
  } catch {
    // No package, or one that is not readable: then tasks do not find it either.
    return undefined;
  }
}
