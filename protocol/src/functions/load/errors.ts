/** A module that a function needs is not here. */
export class ModuleMissingError extends Error {
  readonly code = 'module-missing';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ModuleMissingError';
  }
}
