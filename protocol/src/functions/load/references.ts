import { ValueError } from '../../values/errors.ts';
import type { ModuleReference, Reference } from '../graph.ts';
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
      return (
        follow(process.getBuiltinModule(id), path) ?? missingHere(['node', id].join(':') + path.join('.'))
      );
    }
    case 'module': {
      const [, index, ...path] = reference;
      return findExport(modules[index], path);
    }
    case 'file': {
      const [, url, name] = reference;
      return follow(requireFile(url), [name]) ?? missingExport(url, name);
    }
  }
}

function findExport(module: ModuleReference | undefined, path: readonly string[]): unknown {
  if (!module) throw new ValueError('a function refers to a module that its bytes do not name');
  const exported = requireModule(module);
  if (path.length === 0 || path[0] === '*') return exported;
  return follow(exported, path) ?? missingExport(`${module.name}@${module.version}`, path.join('.'));
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
