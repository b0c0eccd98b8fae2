/** What can be said about tasks, checked where it is said. */
import type { TaskOptions } from '@taskloom/protocol';
import { ClientError } from './errors.ts';

/** Options of tasks; those that are not said are those of the client they derive from. */
export interface SubmitOptions {
  /** The same key twice in a session is the same task; with another function or other arguments an error. */
  readonly key?: string;
  /** How often a task that threw is tried again. */
  readonly retries?: number;
  /** A task that runs longer fails. */
  readonly timeoutMs?: number;
  /** Higher runs first; 0 unless said. */
  readonly priority?: number;
  /** What a task takes of what workers offer, e.g. `{ GPU: 1 }`. */
  readonly resources?: Readonly<Record<string, number>>;
  /** Names of the workers that may run it. */
  readonly workers?: readonly string[];
  /** Async tasks that may share a thread. */
  readonly concurrency?: number;
}

/** Options as the scheduler takes them, and the key, which stays here. */
export interface CheckedOptions {
  readonly key: string | undefined;
  readonly task: TaskOptions;
}

type Check = (value: unknown) => string | undefined;

const wholeNumber =
  (low: number, high: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high
      ? undefined
      : `a whole number from ${low} to ${high}`;
const text: Check = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= 4096 ? undefined : 'a text of 1 to 4096';
const positive: Check = (value) =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? undefined : 'a number above 0';
const finite: Check = (value) => (Number.isFinite(value) ? undefined : 'a number');
const names: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((name) => !text(name))
    ? undefined
    : 'a list of names of workers';

function amounts(value: unknown): string | undefined {
  const wanted = 'an object of amounts, e.g. { GPU: 1 }';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wanted;
  const fine = Object.entries(value).every(
    ([name, amount]) => name !== '__proto__' && typeof amount === 'number' && amount >= 0,
  );
  return fine ? undefined : wanted;
}

const CHECKS: { readonly [K in keyof Required<SubmitOptions>]: Check } = {
  key: text,
  retries: wholeNumber(0, 0xffff_ffff),
  timeoutMs: positive,
  priority: finite,
  resources: amounts,
  workers: names,
  concurrency: wholeNumber(1, 1024),
};

/** Throws ClientError 'bad-option' on what is unknown or cannot be meant. */
export function checkOptions(options: SubmitOptions, base?: CheckedOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ClientError('bad-option', `options are an object, e.g. { retries: 3 }, not ${String(options)}`);
  }
  const task: Record<string, unknown> = { ...base?.task };
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof SubmitOptions] : undefined;
    if (!check) {
      const known = Object.keys(CHECKS).join(', ');
      throw new ClientError('bad-option', `there is no option "${name}"; there are ${known}`);
    }
    if (value === undefined) continue;
    const wanted = check(value);
    if (wanted) throw new ClientError('bad-option', `${name} must be ${wanted}, got ${shown(value)}`);
    if (name !== 'key') task[name] = typeof value === 'object' ? structuredClone(value) : value;
  }
  return { key: options.key ?? base?.key, task: task as TaskOptions };
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}
