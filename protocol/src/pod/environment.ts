/** Settings of a process, as its environment has them. */
import { SecretFiles } from './secrets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting is missing or makes no sense; the message says what to write. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'bad-settings';
  readonly retryable = false;
}

/** `{ [name]: text }`, or nothing when it is not set. */
export function textIn<Name extends string>(
  env: Environment,
  name: Name,
  variable: string,
): { [K in Name]?: string } {
  const value = env[variable];
  return value ? ({ [name]: value } as { [K in Name]: string }) : {};
}

/** The same of a whole number from `least` up, or from `least` to `most`. */
export function countIn<Name extends string>(
  env: Environment,
  name: Name,
  variable: string,
  least = 1,
  most = Number.MAX_SAFE_INTEGER,
): { [K in Name]?: number } {
  const value = env[variable];
  if (!value) return {};
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    const range = most < Number.MAX_SAFE_INTEGER ? `to ${most}` : 'up';
    throw new SettingsError(`${variable} is ${value}; it must be a whole number from ${least} ${range}`);
  }
  return { [name]: number } as { [K in Name]: number };
}

/** TASKLOOM_SECRETS: the directory where a Secret is mounted. */
export function secretsIn(env: Environment): { secrets?: SecretFiles } {
  const directory = env.TASKLOOM_SECRETS;
  return directory ? { secrets: new SecretFiles(directory) } : {};
}
