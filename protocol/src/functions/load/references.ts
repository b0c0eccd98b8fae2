import { ValueError } from '../../values/errors.ts';
import type { ModuleReference, Reference } from '../graph.ts';
import { importHere, noteImported } from '../origins.ts';
import { follow, globalAt } from '../paths.ts';
import { ModuleMissingError } from './errors.ts';
import { requireFile, requireModule } from './modules.ts';

/** Finds what both sides have. */
export function findReference(reference: Reference, modules: readonly ModuleReference[]): unknown {
  switch (reference[0]) {
    case 'global': {
      const [, ...path] = reference;
      return globalAt(path) ?? missingHere(path.join('.'));
    }
    case 'node': {
      const [, id, ...path] = reference;
      return follow(process.getBuiltinModule(id), path) ?? missingHere(`node:${[id, ...path].join('.')}`);
    }
    case 'module': {
      const [, index, ...path] = reference;
      return findExport(modules[index], path);
    }
    case 'file': {
      const [, url, name] = reference;
      return memberOf(requireFile(url), name) ?? missingExport(url, name);
    }
  }
}

function findExport(module: ModuleReference | undefined, path: readonly string[]): unknown {
  if (!module) throw new ValueError('a function refers to a module that its bytes do not name');
  const found = exportAt(module, path);
  if (found === undefined) missingExport(`${module.name}@${module.version}`, path.join('.'));
  noteImported(found, { root: 'module', module, path });
  return found;
}

function exportAt(module: ModuleReference, path: readonly string[]): unknown {
  const [name = '*', ...rest] = path;
  const here = importHere(module, name);
  if (here !== undefined) return follow(here, rest);
  const exported = requireModule(module);
  return name === '*' ? exported : follow(exported, path);
}

/** Of some CommonJS modules `import` finds nothing but the default export, which is all that they export. */
function memberOf(module: unknown, name: string): unknown {
  return follow(module, [name]) ?? follow(module, ['default', name]);
}

function missingExport(module: string, name: string): never {
  throw new ModuleMissingError(
    `${module} exports no ${name} where the function runs: is the same version installed there as where it was submitted?`,
  );
}

function missingHere(name: string): never {
  throw new ModuleMissingError(
    `${name} is unknown to this runtime (Node ${process.version}): run workers and clients on the same version of Node`,
  );
}
