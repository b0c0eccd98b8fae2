/** What the scheduler says at its admin door. */
export interface AdminWorker {
  /** That of its pod. */
  readonly name: string;
  readonly group: string;
  readonly threads: number;
  readonly running: number;
  readonly heldBytes: number;
  readonly state: 'active' | 'draining' | 'drained';
}

export interface AdminStatus {
  readonly version: string;
  readonly protocol: { readonly min: number; readonly max: number };
  readonly clients: number;
  /** How long there has been no client and no unfinished work; null while there is. */
  readonly idleMs: number | null;
  readonly tasks: {
    readonly waiting: number;
    readonly running: number;
    readonly held: number;
    readonly failed?: number;
  };
  readonly workers: readonly AdminWorker[];
}

/** No answer is no news: what is unknown is never idle, and never stops a scale-up. Times in milliseconds since the epoch. */
export type SchedulerView =
  | { readonly known: true; readonly at: number; readonly status: AdminStatus }
  | {
      readonly known: false;
      /** When it last answered, or when we began to ask. */
      readonly since: number;
      readonly because: string;
    };
