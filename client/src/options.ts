/** What can be said about tasks, checked where it is said. */
import { exceeded, Limits, packMap, TaskOptions } from '@taskloom/protocol';
import * as z from 'zod/mini';
import { ClientError } from './errors.ts';
import { given, onlyOptions } from './said.ts';

/** Options of tasks; those that are not said are those of the client they derive from. */
export interface SubmitOptions {
  /** The same key twice in a session is the same task; with another function or other arguments an error. */
  readonly key?: string | undefined;
  /** How often a task that failed is tried again; 0 unless said. */
  readonly retries?: number | undefined;
  /** Milliseconds for each attempt: a task that runs longer is stopped and fails with a TaskTimeoutError. */
  readonly timeoutMs?: number | undefined;
  /** Higher runs first; 0 unless said. */
  readonly priority?: number | undefined;
  /** What a task takes of what workers offer, e.g. `{ GPU: 1 }`. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Names of the workers that may run it. */
  readonly workers?: readonly string[] | undefined;
  /** Async tasks that may share a thread. */
  readonly concurrency?: number | undefined;
}

/** Options as the scheduler takes them, and the key, which stays here. */
export interface CheckedOptions {
  readonly key: string | undefined;
  readonly task: TaskOptions;
}

/** A list that names nobody, and a name that no object can have, are no use to anybody: the scheduler does not mind them. */
const SCHEMAS = {
  ...TaskOptions.shape,
  key: z.string().check(z.minLength(1), z.maxLength(Limits.textCharacters)),
  workers: TaskOptions.shape.workers.def.innerType.check(z.minLength(1)),
  resources: z.pipe(
    z.custom<Record<string, number> | undefined>((value) => !Object.hasOwn(Object(value), '__proto__')),
    TaskOptions.shape.resources,
  ),
};

const WANTED: { readonly [K in keyof Required<SubmitOptions>]: string } = {
  key: `a text of 1 to ${Limits.textCharacters} characters`,
  retries: 'a whole number from 0 to 4294967295',
  timeoutMs: 'a finite number above 0',
  priority: 'a finite number',
  resources: 'an object of amounts from 0, e.g. { GPU: 1 }',
  workers: "a list of names of workers, e.g. ['local-1']",
  concurrency: `a whole number from 1 to ${Limits.threadTasks}`,
};

const NAMES = Object.keys(WANTED) as (keyof SubmitOptions)[];

/** Throws ClientError 'bad-option' on what is unknown, cannot be meant or would be refused by the scheduler. */
export function checkOptions(options: SubmitOptions, base?: CheckedOptions): CheckedOptions {
  onlyOptions(options, NAMES, '{ retries: 3 }');
  const checked: Record<string, unknown> = { ...base?.task, key: base?.key };
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) checked[name] = checkedValue(name as keyof SubmitOptions, value);
  }
  const { key, ...task } = checked as TaskOptions & { key?: string };
  const { length } = packMap(task);
  if (length > Limits.optionBytes)
    throw new ClientError('bad-option', exceeded('optionBytes', length).message);
  return { key, task };
}

/** A copy of what was said. */
function checkedValue(name: keyof SubmitOptions, value: unknown): unknown {
  const result = SCHEMAS[name].safeParse(value);
  if (result.success) return result.data;
  const limit = passedLimit(result.error.issues);
  throw new ClientError(
    'bad-option',
    `${name} must be ${WANTED[name]}${limit === undefined ? `, got ${given(value)}` : `: ${limit}`}`,
  );
}

/** What the protocol says of the limit that was passed, if it is one. */
function passedLimit(issues: readonly z.core.$ZodIssue[]): string | undefined {
  for (const issue of issues) {
    const limit = issue.code === 'invalid_key' ? passedLimit(issue.issues) : issue.message;
    if (limit?.startsWith('more than ')) return limit;
  }
  return undefined;
}
