import path from 'node:path';

/** A file in the directory that a `require` of Node's looks from; undefined for what is none. */
export function requirerOf(value: object): string | undefined {
  const { resolve } = value as Partial<NodeJS.Require>;
  const [directory] = (typeof resolve?.paths === 'function' && resolve.paths('./')) || [];
  return directory !== undefined && path.isAbsolute(directory)
    ? path.join(directory, 'importer.js')
    : undefined;
}
