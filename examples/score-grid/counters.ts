/** The part of the scheduler's counters that says which worker has finished how many tasks of which function. */
interface Counters {
  readonly workers: readonly { readonly name: string; readonly tasks: Readonly<Record<string, number>> }[];
}

export function timesRun(counters: unknown, functionName: string): number {
  const { workers } = counters as Counters;
  return workers.reduce((sum, worker) => sum + (worker.tasks[functionName] ?? 0), 0);
}
