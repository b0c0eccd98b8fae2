/** Workers whose scheduler is played; they end with their test. */
import { afterEach } from 'vitest';
import { type RunningWorker, startWorker, type WorkerOptions } from '../start.ts';
import { FakeScheduler } from './fake-scheduler.ts';

export interface Played {
  /** Those of this test, the first first. */
  readonly running: { worker: RunningWorker; scheduler: FakeScheduler }[];
  /** Starts one and gives its scheduler. */
  workerWith(options?: Partial<WorkerOptions>): Promise<FakeScheduler>;
}

export function playedWorkers(): Played {
  const running: Played['running'] = [];
  afterEach(async () => {
    for (const { worker, scheduler } of running.splice(0)) {
      await worker.close();
      scheduler.close();
    }
  });
  return {
    running,
    workerWith: async (options = {}) => {
      const scheduler = new FakeScheduler();
      const connect = async () => scheduler.workerSide;
      const worker = await startWorker({ connect, token: 't', name: 'w1', threads: 1, ...options });
      running.push({ worker, scheduler });
      return scheduler;
    },
  };
}
