/**
 * What the environment says of a worker: TASKLOOM_ADDRESS (of the scheduler), TASKLOOM_WORKER_TOKEN or TASKLOOM_TOKEN, or
 * TASKLOOM_SECRETS; TASKLOOM_NAME, TASKLOOM_THREADS, TASKLOOM_RESOURCES (GPU=1,disk=2), TASKLOOM_CONCURRENCY,
 * TASKLOOM_THREAD_MEMORY_MB, or TASKLOOM_MEMORY_LIMIT of the whole in bytes; TASKLOOM_DRAIN_SECONDS, TASKLOOM_PID_FILE, TASKLOOM_GROUP,
 * TASKLOOM_IMAGE, TASKLOOM_PROBES_PORT; of the data door TASKLOOM_HOST, TASKLOOM_PORT, TASKLOOM_ADVERTISE; TASKLOOM_REDIAL=1 for one
 * that waits for its scheduler and comes back when it is lost, as with TASKLOOM_SECRETS.
 */
import { availableParallelism } from 'node:os';
import { Limits } from '@taskloom/protocol';
import { countIn, type Environment, SettingsError, secretsIn, textIn } from '@taskloom/protocol/pod';
import type { KeepOptions } from './keep.ts';

export interface WorkerSettings extends KeepOptions {
  /** Where its PidFile is to be. */
  readonly pidFile?: string;
}

export function settingsFrom(env: Environment): WorkerSettings {
  return {
    ...textIn(env, 'address', 'TASKLOOM_ADDRESS'),
    ...textIn(env, 'token', env.TASKLOOM_WORKER_TOKEN ? 'TASKLOOM_WORKER_TOKEN' : 'TASKLOOM_TOKEN'),
    ...secretsIn(env),
    ...(isPatient(env) && { patient: true }),
    ...textIn(env, 'name', 'TASKLOOM_NAME'),
    ...textIn(env, 'group', 'TASKLOOM_GROUP'),
    ...textIn(env, 'image', 'TASKLOOM_IMAGE'),
    ...countIn(env, 'probesPort', 'TASKLOOM_PROBES_PORT', 0),
    ...textIn(env, 'host', 'TASKLOOM_HOST'),
    ...textIn(env, 'advertise', 'TASKLOOM_ADVERTISE'),
    ...countIn(env, 'port', 'TASKLOOM_PORT', 0),
    ...countIn(env, 'drainSeconds', 'TASKLOOM_DRAIN_SECONDS', 0),
    ...textIn(env, 'pidFile', 'TASKLOOM_PID_FILE'),
    ...countIn(env, 'threads', 'TASKLOOM_THREADS'),
    ...countIn(env, 'concurrency', 'TASKLOOM_CONCURRENCY', 1, Limits.threadTasks),
    ...threadMemoryIn(env),
    ...amounts(env.TASKLOOM_RESOURCES ?? ''),
  };
}

const MIB = 1 << 20;
/** Of the limit, for the heaps of all threads: the rest is for results, buffers and the runtime itself. */
const HEAP_SHARE = 0.75;
/** Below this a thread hardly starts, in MiB. */
const LEAST_HEAP_MB = 64;

/** A task that outgrows its thread's heap fails alone; one that outgrows the container takes the whole worker along. */
function threadMemoryIn(env: Environment): { threadMemoryMb?: number } {
  const { limit } = countIn(env, 'limit', 'TASKLOOM_MEMORY_LIMIT');
  if (env.TASKLOOM_THREAD_MEMORY_MB || limit === undefined)
    return countIn(env, 'threadMemoryMb', 'TASKLOOM_THREAD_MEMORY_MB');
  const { threads = availableParallelism() } = countIn(env, 'threads', 'TASKLOOM_THREADS');
  return { threadMemoryMb: Math.max(LEAST_HEAP_MB, Math.floor((limit * HEAP_SHARE) / MIB / threads)) };
}

function isPatient({ TASKLOOM_REDIAL: redial, TASKLOOM_SECRETS: secrets }: Environment): boolean {
  return redial ? redial !== '0' : Boolean(secrets);
}

function amounts(list: string): { resources?: Record<string, number> } {
  const resources: Record<string, number> = {};
  for (const item of list.split(',').filter((one) => one.trim() !== '')) {
    const [name, amount] = item.split('=').map((part) => part.trim());
    const number = Number(amount);
    if (!name || !amount || !(number >= 0)) {
      throw new SettingsError(`TASKLOOM_RESOURCES has ${item.trim()}; write name=amount, e.g. GPU=1,disk=2`);
    }
    Object.defineProperty(resources, name, { value: number, enumerable: true });
  }
  return Object.keys(resources).length > 0 ? { resources } : {};
}
