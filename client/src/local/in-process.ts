/** A local cluster within this thread: scheduler and worker over connections in memory, tasks in threads. */
import { startScheduler } from '@taskloom/scheduler';
import { startWorker } from '@taskloom/worker';
import { ClientError } from '../errors.ts';
import type { LocalSettings } from './options.ts';
import type { Parts } from './parts.ts';

export async function inProcess(settings: LocalSettings): Promise<Parts> {
  const { threads, resources, concurrency } = settings;
  const name = `${settings.name}-1`;
  const scheduler = await startScheduler({ memory: true });
  const worker = await startWorker({
    connect: async () => scheduler.connectMemory(),
    token: scheduler.tokens.worker,
    name,
    threads,
    resources,
    ...(concurrency && { concurrency }),
  });
  return {
    address: scheduler.address,
    token: scheduler.tokens.client,
    workers: [{ name, pid: process.pid }],
    dial: async () => scheduler.connectMemory(),
    scale: async () => {
      throw new ClientError(
        'bad-option',
        'an in-process cluster has one worker: start one of processes to scale it',
      );
    },
    close: async () => {
      await worker.close();
      await scheduler.close();
    },
  };
}
