import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Binding } from '../syntax/scope.ts';
import { type Script, scriptByUrl } from './scripts.ts';

/** The variable behind an import, in the module that exports it: it may change there after it was imported. */
export interface LiveBinding {
  /** One variable of one script has one key. */
  readonly key: string;
  readonly name: string;
  readonly binding: Binding;
}

const MAX_HOPS = 32;

/** Follows an import of the user's own code; undefined where the exporting script is not found (aliases that only a loader knows, bundles). */
export function liveBinding(
  importer: Script,
  specifier: string,
  exported: string,
  hops = MAX_HOPS,
): LiveBinding | undefined {
  const script = resolveScript(importer, specifier);
  const { tree } = script ?? {};
  if (!script || !tree || hops === 0) return undefined;
  const found = tree.exports.named.get(exported);
  if (!found) return firstOf(tree.exports.stars, (star) => liveBinding(script, star, exported, hops - 1));
  if ('specifier' in found) return liveBinding(script, found.specifier, found.exported, hops - 1);
  const { local } = found;
  const reexported = tree.imports.get(local);
  if (reexported) return liveBinding(script, reexported.specifier, reexported.exported, hops - 1);
  const binding = firstOf(tree.moduleScopes, (scope) => scope.bindings.get(local));
  return binding && { key: variableKey(script, local), name: local, binding };
}

export function variableKey(script: Script, name: string): string {
  return `${script.id}:${name}`;
}

/** Compilers write the extension of what they make (`./x.js`) where the script is known by its source (`./x.ts`). */
function resolveScript(importer: Script, specifier: string): Script | undefined {
  const href = hrefOf(specifier, importer.url);
  if (href === undefined) return undefined;
  const typed = href.replace(/\.([cm]?)js$/, '.$1ts');
  return firstOf(
    [href, typed, `${href}.ts`, `${href}.js`, `${href}/index.ts`, `${href}/index.js`],
    scriptByUrl,
  );
}

function hrefOf(specifier: string, from: string): string | undefined {
  if (/^(\.|\/|file:)/.test(specifier))
    return URL.canParse(specifier, from) ? new URL(specifier, from).href : undefined;
  // An alias in package.json, or a package of the same workspace, which is linked.
  try {
    return pathToFileURL(createRequire(from).resolve(specifier)).href;
  } catch {
    return undefined;
  }
}

function firstOf<A, R>(items: readonly A[], find: (item: A) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
