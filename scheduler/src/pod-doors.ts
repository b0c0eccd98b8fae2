/** The doors that a scheduler has in a pod, besides the one for clients and workers. */
import { type Listening, openProbes } from '@taskloom/protocol/pod';
import { openAdminDoor } from './admin-door.ts';
import { schedulerMetrics } from './metrics.ts';
import type { Scheduler } from './scheduler.ts';
import type { SchedulerOptions } from './start.ts';

export interface PodDoors {
  readonly probes?: string;
  readonly admin?: string;
  close(): Promise<unknown>;
}

/** It is ready when this is called: its first door is open. */
export async function openPodDoors(scheduler: Scheduler, options: SchedulerOptions): Promise<PodDoors> {
  const { host = '127.0.0.1', secrets, probesPort, adminPort } = options;
  const metrics = schedulerMetrics(() => scheduler.census());
  const tokens = () => secrets?.accepted('admin-token') ?? [];
  const [probes, admin] = await Promise.all([
    probesPort === undefined
      ? undefined
      : openProbes({ unready: () => undefined, metrics }, { host, port: probesPort, secrets }),
    adminPort === undefined
      ? undefined
      : openAdminDoor(scheduler, tokens, { host, port: adminPort, secrets }),
  ]);
  const urlOf = ({ authority }: Listening) => `${secrets ? 'https' : 'http'}://${authority}`;
  return {
    ...(probes && { probes: urlOf(probes) }),
    ...(admin && { admin: urlOf(admin) }),
    close: () => Promise.all([probes?.close(), admin?.close()]),
  };
}
