/** What the operator says of a cluster: the truth now, not what once was. */
import { z } from 'zod';
import { mapList } from './rule.ts';

export const CONDITIONS = [
  'Accepted',
  'Ready',
  'SchedulerReady',
  'WorkersReady',
  'Progressing',
  'Degraded',
  'Suspended',
] as const;

const count = () => z.int().min(0);

const condition = z.object({
  type: z
    .string()
    .max(64)
    .describe(`One of ${CONDITIONS.join(', ')}.`),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
  reason: z.string().min(1).max(256).describe('Why, as one word for programs.'),
  message: z.string().max(32_768).describe('Why, and what to do about it, for people.'),
  observedGeneration: count().describe('The generation of the spec that this is said of.'),
  lastTransitionTime: z.iso.datetime().describe('Since when the status is what it is.'),
});

const group = z.object({
  name: z.string().max(63).describe('Name of the group; default is that of spec.workers.'),
  desired: count().describe('How many workers are wanted.'),
  replicas: count().describe('How many pods there are, without those that are leaving.'),
  ready: count().describe('How many are connected to the scheduler and take work.'),
  updated: count().describe('How many are as the spec says now.'),
  draining: count().describe('How many are leaving, and finish what they have.'),
});

const tasks = z.object({
  waiting: count().describe('Tasks that wait for others or for a free thread.'),
  running: count().describe('Tasks that run.'),
  held: count().describe('Finished tasks whose results are kept.'),
  failed: count().optional().describe('Tasks that failed and are still asked for.'),
});

export const taskClusterStatus = z.object({
  observedGeneration: count().optional().describe('The generation of the spec that the status is about.'),
  conditions: mapList(condition, 'type', 16)
    .optional()
    .describe('What holds of the cluster; Ready is the one to wait for.'),
  replicas: count().optional().describe('Pods of spec.workers, without those that are leaving.'),
  readyReplicas: count().optional().describe('Those of them that are connected and take work.'),
  desiredReplicas: count().optional().describe('How many of them are wanted now: none while suspended.'),
  selector: z.string().max(512).optional().describe('Selects the pods of spec.workers, for autoscalers.'),
  workersReady: z
    .string()
    .max(32)
    .optional()
    .describe('Ready and wanted workers of all groups, such as 3/4.'),
  groups: mapList(group, 'name', 17).optional().describe('The workers by group.'),
  endpoints: z
    .object({
      cluster: z.string().max(512).optional().describe('Where scripts inside Kubernetes connect.'),
      outside: z
        .string()
        .max(512)
        .optional()
        .describe(
          'Where others connect, if the Service lets them: the load balancer, or a port of any node.',
        ),
    })
    .optional()
    .describe('Where the cluster can be reached.'),
  protocol: z
    .string()
    .max(32)
    .optional()
    .describe('Versions of the protocol that the scheduler speaks, such as 1 or 1-2.'),
  version: z.string().max(64).optional().describe('Version of the scheduler.'),
  tasks: tasks.optional().describe('What there is to do, as the scheduler last said.'),
  clients: count().optional().describe('How many clients are connected.'),
  awaitedSince: z.iso
    .datetime()
    .optional()
    .describe('Since when the scheduler is awaited, as long as it has not been up; it counts as idle.'),
  idleSince: z.iso.datetime().optional().describe('Since when there is no client and no unfinished work.'),
});
