/** The scheduler of a local cluster, as a process. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { startScheduler } = await import('@taskloom/scheduler');
const { serveParent } = await import('./child.ts');

export interface SchedulerSettings {
  readonly tokens: { readonly client: string; readonly worker: string };
}

serveParent<SchedulerSettings>(async ({ tokens }) => ({ ready: (await startScheduler({ tokens })).address }));
