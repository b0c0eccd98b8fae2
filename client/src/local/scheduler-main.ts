/** The scheduler of a local cluster, as a process. */
import { enableCompileCache } from 'node:module';
import type { Tokens } from './parts.ts';

enableCompileCache();
const { startScheduler } = await import('@taskloom/scheduler');
const { serveParent } = await import('./child.ts');

export interface SchedulerSettings {
  /** Where the processes of this cluster reach it; others find it at the address that it says. */
  readonly localPath: string;
  readonly tokens: Tokens;
}

serveParent<SchedulerSettings>(async (settings) => ({ ready: (await startScheduler(settings)).address }));
