/** What each worker has done, by function: people check with it that data was loaded once. */
import type { State } from './state.ts';

export interface Counters {
  readonly workers: readonly {
    readonly name: string;
    /** Finished tasks by the name of their function. */
    readonly tasks: Readonly<Record<string, number>>;
    readonly assignedTasks: number;
    readonly heldBytes: number;
  }[];
  /** Rows of the task table in use, and what they take. */
  readonly pieces: number;
  readonly tableBytes: number;
}

export function counters(s: State): Counters {
  const workers = [...s.workers.values()].map(({ name, counters: tasks, assignedTasks, heldBytes }) => ({
    name,
    tasks: Object.fromEntries([...tasks.values()].map((each) => [each.name, each.tasks])),
    assignedTasks,
    heldBytes,
  }));
  return { workers, pieces: s.pieces.size, tableBytes: s.pieces.capacity * s.pieces.bytesPerRow };
}

/** Whose task (batch, index) is, as its client numbers it. */
export function targetOf(
  s: State,
  batch: number,
  index: number,
): { client: number; task: number } | undefined {
  const known = s.batchById.get(batch);
  return known && { client: known.owner.number, task: known.firstTask + index };
}
