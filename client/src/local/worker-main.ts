/** A worker of a local cluster, as a process. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { RETIRED, startWorker } = await import('@taskloom/worker');
const { serveParent } = await import('./child.ts');

export interface WorkerSettings {
  readonly address: string;
  readonly token: string;
  readonly name: string;
  readonly threads: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly concurrency?: number;
}

serveParent<WorkerSettings>(async (settings) => {
  const worker = await startWorker(settings);
  return {
    ready: worker.name,
    retire: () => worker.retire(),
    closed: worker.closed.then((reason) => (reason === RETIRED ? undefined : reason)),
  };
});
