/** The side that runs functions: rebuilds them from bytes. It loads the parser and the inspector only to send one itself. */
import './codec.ts';

export { ModuleMissingError } from './load/errors.ts';
export { type Loaded, loadFunction, prepareFunction } from './load/load.ts';
