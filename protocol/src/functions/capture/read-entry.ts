import { entryOf, type FunctionEntry } from './entry.ts';
import { Unsendable } from './parameter.ts';
import { type Path, refuse } from './path.ts';

/** Reads a function; one that cannot be sent is refused with the way to it. */
export function readEntry(fn: object, path: Path): FunctionEntry {
  try {
    return entryOf(fn);
  } catch (error) {
    if (error instanceof Unsendable) refuse(path, error.message, error.cause);
    throw error;
  }
}
