/** What the environment says of a worker. */
import type { WorkerOptions } from './start.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function settingsFrom(env: Environment): WorkerOptions {
  const address = env.TASKLOOM_ADDRESS;
  if (!address)
    throw new Error('TASKLOOM_ADDRESS is not set; say where the scheduler is, e.g. ws://127.0.0.1:8786');
  const token = env.TASKLOOM_WORKER_TOKEN || env.TASKLOOM_TOKEN;
  if (!token)
    throw new Error(
      'TASKLOOM_WORKER_TOKEN is not set; it is the token that the scheduler was given for workers',
    );
  return {
    address,
    token,
    ...text('name', env.TASKLOOM_NAME),
    ...text('host', env.TASKLOOM_HOST),
    ...text('advertise', env.TASKLOOM_ADVERTISE),
    ...count('port', 'TASKLOOM_PORT', env),
    ...count('threads', 'TASKLOOM_THREADS', env),
    ...count('concurrency', 'TASKLOOM_CONCURRENCY', env),
    ...count('threadMemoryMb', 'TASKLOOM_THREAD_MEMORY_MB', env),
    resources: amounts(env.TASKLOOM_RESOURCES ?? ''),
  };
}

function text<Name extends string>(name: Name, value: string | undefined): { [K in Name]?: string } {
  return value ? ({ [name]: value } as { [K in Name]: string }) : {};
}

function count<Name extends string>(
  name: Name,
  variable: string,
  env: Environment,
): { [K in Name]?: number } {
  const value = env[variable];
  if (!value) return {};
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${variable} is ${value}; it must be a whole number from 1 up`);
  return { [name]: number } as { [K in Name]: number };
}

function amounts(list: string): Record<string, number> {
  const resources: Record<string, number> = {};
  for (const item of list.split(',').filter((one) => one.trim() !== '')) {
    const [name, amount] = item.split('=').map((part) => part.trim());
    const number = Number(amount);
    if (!name || !amount || !(number >= 0)) {
      throw new Error(`TASKLOOM_RESOURCES has ${item.trim()}; write name=amount, e.g. GPU=1,disk=2`);
    }
    Object.defineProperty(resources, name, { value: number, enumerable: true });
  }
  return resources;
}
