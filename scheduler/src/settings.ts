/**
 * What the environment says of a scheduler: TASKLOOM_HOST, TASKLOOM_PORT, TASKLOOM_PROBES_PORT, TASKLOOM_ADMIN_PORT, and what the others must show: TASKLOOM_TOKEN (clients),
 * TASKLOOM_WORKER_TOKEN (workers; the same when absent), or TASKLOOM_SECRETS.
 */
import { countIn, type Environment, secretsIn, textIn } from '@taskloom/protocol/pod';
import type { SchedulerOptions } from './start.ts';

export function settingsFrom(env: Environment): SchedulerOptions {
  const { TASKLOOM_TOKEN: client, TASKLOOM_WORKER_TOKEN: worker = client } = env;
  return {
    ...textIn(env, 'host', 'TASKLOOM_HOST'),
    ...countIn(env, 'port', 'TASKLOOM_PORT', 0),
    ...countIn(env, 'probesPort', 'TASKLOOM_PROBES_PORT', 0),
    ...countIn(env, 'adminPort', 'TASKLOOM_ADMIN_PORT', 0),
    ...(client && worker && { tokens: { client, worker } }),
    ...secretsIn(env),
  };
}
