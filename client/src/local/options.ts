/** How a local cluster is to be. */
import { availableParallelism } from 'node:os';
import { Limits } from '@taskloom/protocol';
import { ClientError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { given, onlyOptions, refuse } from '../said.ts';

/** How a local cluster is to be. */
export interface LocalClusterOptions {
  /** Worker processes; 1 unless said. */
  readonly workers?: number | undefined;
  /** Threads of each worker; as many as make all cores busy unless said. */
  readonly threads?: number | undefined;
  /** Begins the names of the workers: `name-1`, `name-2`. */
  readonly name?: string | undefined;
  /** Added to the environment of the workers. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What each worker offers, e.g. `{ GPU: 1 }`. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Async tasks that may share a thread, of those that do not say; at most 1024. */
  readonly concurrency?: number | undefined;
  /** Scheduler and worker in this thread, without processes and sockets: for many small tasks. Tasks still run in threads. */
  readonly inProcess?: boolean | undefined;
}

export interface LocalSettings {
  readonly workers: number;
  readonly threads: number;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly resources: Readonly<Record<string, number>>;
  readonly concurrency?: number;
  readonly inProcess: boolean;
}

const KNOWN = ['workers', 'threads', 'name', 'env', 'resources', 'concurrency', 'inProcess'] as const;

export function settingsOf(options: LocalClusterOptions): LocalSettings {
  const {
    workers = 1,
    inProcess = false,
    name = 'local',
    env = {},
    resources = {},
    concurrency,
  } = onlyOptions(options, KNOWN, '{ workers: 2 }');
  mustBeWhole('workers', workers, 0);
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / Math.max(1, workers)));
  mustBeWhole('threads', threads, 1);
  if (typeof name !== 'string' || name === '') refuse(`name must be a text, got ${given(name)}`);
  if (typeof inProcess !== 'boolean') refuse(`inProcess must be true or false, got ${given(inProcess)}`);
  if (!areTexts(env)) refuse(`env must be an object of texts, e.g. { MODE: 'fast' }, got ${given(env)}`);
  checkOptions({ resources });
  if (concurrency !== undefined) mustBeWhole('concurrency', concurrency, 1, Limits.threadTasks);
  if (inProcess && workers > 1) {
    throw new ClientError(
      'bad-option',
      'in-process clusters have one worker: say more threads instead of workers',
    );
  }
  if (inProcess && options.env) {
    throw new ClientError(
      'bad-option',
      'in-process clusters share the environment of this process: env has no place',
    );
  }
  return { workers, threads, name, env, resources, inProcess, ...(concurrency && { concurrency }) };
}

function areTexts(env: unknown): boolean {
  const isObject = typeof env === 'object' && env !== null && !Array.isArray(env);
  return isObject && Object.values(env).every((value) => typeof value === 'string');
}

function mustBeWhole(name: string, value: unknown, low: number, high = Number.POSITIVE_INFINITY): void {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return;
  const range = high < Number.POSITIVE_INFINITY ? `from ${low} to ${high}` : `from ${low}`;
  throw new ClientError('bad-option', `${name} must be a whole number ${range}, got ${given(value)}`);
}
