/**
 * What the environment says of a worker: TASKLOOM_ADDRESS (of the scheduler), TASKLOOM_WORKER_TOKEN or TASKLOOM_TOKEN, or
 * TASKLOOM_SECRETS; TASKLOOM_NAME, TASKLOOM_THREADS, TASKLOOM_RESOURCES (GPU=1,disk=2), TASKLOOM_CONCURRENCY,
 * TASKLOOM_THREAD_MEMORY_MB; TASKLOOM_DRAIN_SECONDS, TASKLOOM_GROUP, TASKLOOM_PROBES_PORT; of the data door TASKLOOM_HOST, TASKLOOM_PORT,
 * TASKLOOM_ADVERTISE; TASKLOOM_REDIAL=1 for one that waits for its scheduler and comes back when it is lost, as with TASKLOOM_SECRETS.
 */
import { countIn, type Environment, SettingsError, secretsIn, textIn } from '@taskloom/protocol/pod';
import type { KeepOptions } from './keep.ts';

export function settingsFrom(env: Environment): KeepOptions {
  return {
    ...textIn(env, 'address', 'TASKLOOM_ADDRESS'),
    ...textIn(env, 'token', env.TASKLOOM_WORKER_TOKEN ? 'TASKLOOM_WORKER_TOKEN' : 'TASKLOOM_TOKEN'),
    ...secretsIn(env),
    ...(isPatient(env) && { patient: true }),
    ...textIn(env, 'name', 'TASKLOOM_NAME'),
    ...textIn(env, 'group', 'TASKLOOM_GROUP'),
    ...countIn(env, 'probesPort', 'TASKLOOM_PROBES_PORT', 0),
    ...textIn(env, 'host', 'TASKLOOM_HOST'),
    ...textIn(env, 'advertise', 'TASKLOOM_ADVERTISE'),
    ...countIn(env, 'port', 'TASKLOOM_PORT', 0),
    ...countIn(env, 'drainSeconds', 'TASKLOOM_DRAIN_SECONDS', 0),
    ...countIn(env, 'threads', 'TASKLOOM_THREADS'),
    ...countIn(env, 'concurrency', 'TASKLOOM_CONCURRENCY'),
    ...countIn(env, 'threadMemoryMb', 'TASKLOOM_THREAD_MEMORY_MB'),
    ...amounts(env.TASKLOOM_RESOURCES ?? ''),
  };
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
