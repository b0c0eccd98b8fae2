/**
 * A worker as a process of its own. Settings come from the environment: TASKLOOM_ADDRESS (of the scheduler), TASKLOOM_WORKER_TOKEN or
 * TASKLOOM_TOKEN, TASKLOOM_NAME, TASKLOOM_THREADS, TASKLOOM_RESOURCES (GPU=1,disk=2), TASKLOOM_CONCURRENCY, TASKLOOM_THREAD_MEMORY_MB;
 * of the data door TASKLOOM_HOST, TASKLOOM_PORT, TASKLOOM_ADVERTISE. Started with an IPC channel it ends with its parent.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const [{ startWorker }, { settingsFrom }] = await Promise.all([
  import('./start.ts'),
  import('./settings.ts'),
]);

function fail(status: number, error: unknown): never {
  console.error(`taskloom worker: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(status);
}

try {
  const worker = await startWorker(settingsFrom(process.env));
  const end = () => void worker.close().finally(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (process.send) {
    process.once('disconnect', () => process.exit(0));
    process.send({ name: worker.name, address: worker.address });
  } else console.log(`worker ${worker.name}, its data door is ${worker.address}`);
  void worker.closed.then((reason) => fail(1, reason));
} catch (error) {
  fail(2, error);
}
