/** A function called once on each of some workers. */
import type { WorkerInfo } from '@taskloom/protocol';
import { ClientError } from './errors.ts';
import type { Future } from './future.ts';
import type { Session } from './session.ts';

/** The workers of these names, or all; once there is one. */
export async function workersToRunOn(
  session: Session,
  names: readonly string[] | undefined,
): Promise<WorkerInfo[]> {
  const all = await session.workers.atLeast(1, undefined);
  return names ? names.map((name) => all.find((worker) => worker.name === name) ?? nobody([name], all)) : all;
}

/** What this future of a call on this worker comes to. One whose worker is gone fails: nobody else may run it. */
export function resultOn<T>(session: Session, worker: WorkerInfo, future: Future<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const look = () => {
      if (session.workers.get(worker.worker) || future.status !== 'pending') return;
      reject(workerDied(worker, future.name));
      future.cancel();
    };
    session.listeners.add(look);
    look();
    void future
      .result()
      .then(resolve, reject)
      .finally(() => session.listeners.delete(look));
  });
}

/** As the scheduler says it of tasks that others may run. */
function workerDied({ name }: WorkerInfo, task: string): Error {
  return Object.assign(
    new Error(
      `worker ${name} is gone, and ${task} was called on it alone: look at its logs, then call it on the workers that are there`,
    ),
    { name: 'WorkerDiedError', code: 'worker-died', taskloom: { task, worker: name, attempt: 0 } },
  );
}

/** Throws: none of the workers is called so. */
export function nobody(names: readonly string[], workers: readonly WorkerInfo[]): never {
  const here = workers.map(({ name }) => name).join(', ') || 'none';
  throw new ClientError(
    'bad-option',
    `no worker is called ${names.join(', ')}: the workers here are ${here}`,
  );
}
