import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const IMPORTER = '?taskloom-import=';
let hooked = false;

/** `import(specifier)` as if a file in the directory said it; the runtime has no such call, so a resolve hook makes one. */
export async function importFrom(
  base: string,
  specifier: string,
  options?: ImportCallOptions,
): Promise<unknown> {
  const wanted = path.isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier;
  if (!hook()) return import(/* @vite-ignore */ requiredPath(base, wanted), options);
  const importer = pathToFileURL(path.join(base, 'importer.mjs')).href;
  return import(/* @vite-ignore */ `${importer}${IMPORTER}${encodeURIComponent(wanted)}`, options);
}

/** False in runtimes that have no such hooks. */
function hook(): boolean {
  if (hooked || !module.registerHooks) return hooked;
  module.registerHooks({
    resolve(asked, context, next) {
      const at = asked.indexOf(IMPORTER);
      if (at < 0) return next(asked, context);
      const wanted = decodeURIComponent(asked.slice(at + IMPORTER.length));
      return next(wanted, { ...context, parentURL: asked.slice(0, at) });
    },
  });
  hooked = true;
  return true;
}

/** Where `require` finds it, which knows no packages that only `import` may load. */
function requiredPath(base: string, specifier: string): string {
  if (specifier.startsWith('file:') || module.isBuiltin(specifier)) return specifier;
  return pathToFileURL(module.createRequire(path.join(base, 'importer.js')).resolve(specifier)).href;
}
