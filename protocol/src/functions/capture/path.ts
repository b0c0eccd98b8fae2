import { TravelError } from '../../values/errors.ts';

/** The way from what was submitted to a part of it, innermost step first. */
export interface Path {
  readonly step: string;
  readonly parent: Path | undefined;
}

export function below(parent: Path | undefined, step: string): Path {
  return { step, parent };
}

export function refuse(path: Path | undefined, reason: string, cause?: unknown): never {
  const steps: string[] = [];
  for (let at = path; at; at = at.parent) steps.push(at.step);
  const error = new TravelError(steps.reverse(), reason);
  if (cause !== undefined) error.cause = cause;
  throw error;
}
