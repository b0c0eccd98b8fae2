const MODULE_EXPORT = Symbol.for('taskloom.module');

/**
 * A function by the module that exports it: for runtimes that do not let functions be inspected. The worker imports the
 * module, so it needs the same file.
 */
export function fromModule<A extends unknown[], R>(moduleUrl: string, exportName: string): (...args: A) => R {
  const stub = (): never => {
    throw new Error(`${exportName} of ${moduleUrl} is named for workers; call the function itself here`);
  };
  Object.defineProperty(stub, 'name', { value: exportName });
  return Object.defineProperty(stub, MODULE_EXPORT, { value: { url: moduleUrl, name: exportName } });
}
