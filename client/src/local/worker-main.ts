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
  void worker.closed.then((reason) => {
    if (reason === RETIRED) process.exit(0);
    console.error(`taskloom: worker ${worker.name} ended: ${reason}`);
    process.exit(1);
  });
  return worker.name;
});
