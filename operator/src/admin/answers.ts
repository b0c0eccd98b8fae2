/** What a scheduler says at its admin door. Checked here, once; a newer scheduler may say more. */
import * as z from 'zod/mini';
import type { AdminStatus } from '../observed/scheduler.ts';

const count = z.number().check(z.nonnegative());

const Worker = z.object({
  name: z.string(),
  group: z.string(),
  threads: count,
  /** Tasks that run there. */
  running: count,
  /** Results that are kept there, in bytes. */
  heldBytes: count,
  state: z.enum(['active', 'draining', 'drained']),
});

export const Status: z.ZodMiniType<AdminStatus> = z.object({
  version: z.string(),
  protocol: z.object({ min: count, max: count }),
  clients: count,
  /** How long there has been no client and no work, in milliseconds; null while there is either. */
  idleMs: z.nullable(count),
  tasks: z.object({ waiting: count, running: count, held: count, failed: z._default(count, 0) }),
  workers: z.array(Worker),
});

export const Retired = z.object({
  workers: z.array(z.object({ name: z.string(), state: z.enum(['active', 'draining', 'drained', 'gone']) })),
});

export const Cheapest = z.object({ workers: z.array(z.string()) });

export type RetiredWorker = z.infer<typeof Retired>['workers'][number];
