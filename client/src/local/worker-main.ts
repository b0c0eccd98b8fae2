/** A worker of a local cluster, as a process. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { RETIRED, startWorker } = await import('@taskloom/worker');
const { dialLocal } = await import('@taskloom/protocol/connection');
const { serveParent } = await import('./child.ts');

export interface WorkerSettings {
  readonly token: string;
  readonly name: string;
  readonly threads: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly concurrency?: number;
}

// Thread and data door are made while the scheduler still starts.
serveParent<WorkerSettings>(async (settings, path) => {
  const worker = await startWorker({ ...settings, connect: async () => dialLocal(await path) });
  return {
    ready: worker.name,
    retire: () => worker.retire(),
    closed: worker.closed.then((reason) => (reason === RETIRED ? undefined : reason)),
  };
});
