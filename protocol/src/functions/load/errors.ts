import type { ModuleReference } from '../graph.ts';
import { installedVersion } from './places.ts';

/** A module that a function needs is not here. */
export class ModuleMissingError extends Error {
  readonly code = 'module-missing';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ModuleMissingError';
  }
}

export function missingModule(
  module: ModuleReference,
  bases: readonly string[],
  cause: unknown,
): ModuleMissingError {
  const { name, version, target } = module;
  const versioned = version ? `${name}@${version}` : name;
  const places = bases.join(' and ');
  const installed = bases.map((base) => installedVersion(name, base)).find((found) => found !== undefined);
  const wanted = 'file' in target ? target.file : target.specifier;
  const trouble =
    installed === undefined
      ? `which is not installed where it runs (looked from ${places})`
      : `and ${name}@${installed}, which is installed where it runs, does not have ${wanted}`;
  return new ModuleMissingError(
    `the function uses ${versioned}, ${trouble}: add it to what the workers run, as with npm install ${versioned}`,
    { cause },
  );
}
