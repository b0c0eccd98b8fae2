/**
 * A scheduler as a process of its own. Settings come from the environment: TASKLOOM_HOST, TASKLOOM_PORT, TASKLOOM_TOKEN (clients),
 * TASKLOOM_WORKER_TOKEN (workers; the same when absent). Started with an IPC channel it says its address there, and ends with its parent.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { startScheduler } = await import('./start.ts');

const {
  TASKLOOM_HOST: host,
  TASKLOOM_PORT: port,
  TASKLOOM_TOKEN: client,
  TASKLOOM_WORKER_TOKEN: worker,
} = process.env;
if (!client) {
  console.error('taskloom scheduler: TASKLOOM_TOKEN is not set; clients must show a token, so choose one');
  process.exit(2);
}
const scheduler = await startScheduler({
  ...(host && { host }),
  ...(port && { port: Number(port) }),
  tokens: { client, worker: worker ?? client },
});

const end = () => void scheduler.close().finally(() => process.exit(0));
process.once('SIGTERM', end);
process.once('SIGINT', end);
if (process.send) {
  process.once('disconnect', () => process.exit(0));
  process.send({ address: scheduler.address });
} else console.log(`scheduler at ${scheduler.address}`);
