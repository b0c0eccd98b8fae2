/** How much there is of everything, counted when somebody asks: operators, dashboards. */
import { startable } from './capacity.ts';
import { Phase } from './pieces.ts';
import { presentClients, type State, type Worker } from './state.ts';

export interface Census {
  readonly clients: number;
  /** Since when there has been no client and no unfinished work; undefined while there is either. */
  readonly idleSince: number | undefined;
  readonly tasks: {
    /** Not begun, as far as is known. */
    readonly waiting: number;
    readonly running: number;
    /** Finished, and their results kept. */
    readonly held: number;
    readonly failed: number;
  };
  readonly workers: readonly {
    readonly name: string;
    readonly group: string;
    readonly threads: number;
    readonly running: number;
    readonly heldBytes: number;
    readonly state: WorkerState;
  }[];
  /** Names of workers that were drained and have gone. */
  readonly departed: readonly string[];
  /** Small results kept by the scheduler. */
  readonly cachedBytes: number;
  readonly tableBytes: number;
}

export type WorkerState = 'active' | 'draining' | 'drained';

export function census(s: State): Census {
  const { phase, count } = s.pieces;
  const tasks = [0, 0, 0, 0, 0, 0, 0];
  for (let p = 0; p < s.pieces.used; p++) tasks[phase[p] as number]! += count[p] as number;
  const workers = [...s.workers.values()].map((worker) => ({
    name: worker.name,
    group: worker.group,
    threads: worker.threads,
    running: runningAt(worker),
    heldBytes: worker.heldBytes,
    state: stateOf(worker),
  }));
  const running = workers.reduce((sum, worker) => sum + worker.running, 0);
  const unfinished = tasks[Phase.waiting]! + tasks[Phase.ready]! + tasks[Phase.assigned]!;
  return {
    clients: presentClients(s),
    idleSince: s.idleSince,
    tasks: {
      waiting: unfinished - running,
      running,
      held: tasks[Phase.finished]!,
      failed: tasks[Phase.failed]!,
    },
    workers,
    departed: [...s.departed],
    cachedBytes: s.cachedBytes,
    tableBytes: s.pieces.capacity * s.pieces.bytesPerRow,
  };
}

/** Which of its tasks a worker has begun is its own business; it begins as many as it has threads. */
function runningAt(worker: Worker): number {
  return Math.min(startable(worker), worker.threads);
}

export function stateOf({ retirement }: Worker): WorkerState {
  if (!retirement) return 'active';
  return retirement.isDone ? 'drained' : 'draining';
}
