/** What each worker was told to run and has not answered yet, so that tests can say `finish x` and nothing of runs and ranges. */
import type { Message } from '@taskloom/protocol';
import type { Tasks } from './task-names.ts';

export interface Row {
  readonly batch: number;
  readonly first: number;
  readonly count: number;
  readonly run: number;
}

export class Orders {
  readonly #byWorker = new Map<number, Row[]>();

  heard(worker: number, message: Message): void {
    const rows = this.#of(worker);
    if (message.op === 'run') {
      message.batch.forEach((batch, i) => {
        rows.push({ batch, first: message.first[i]!, count: message.count[i]!, run: message.run[i]! });
      });
    } else if (message.op === 'stop') {
      message.batch.forEach((batch, i) => {
        this.take(worker, { batch, index: message.first[i]!, count: message.count[i]! }, message.run[i]!);
      });
    }
  }

  lost(worker: number): void {
    this.#byWorker.delete(worker);
  }

  /** Workers that have some of these to run. */
  workersOf(tasks: Pick<Tasks, 'batch' | 'index' | 'count'>): number[] {
    return [...this.#byWorker].flatMap(([worker, rows]) =>
      rows.some((row) => overlap(row, tasks)) ? [worker] : [],
    );
  }

  find(worker: number, tasks: Pick<Tasks, 'batch' | 'index' | 'count'>): Row[] {
    return this.#of(worker).flatMap((row) => overlap(row, tasks) ?? []);
  }

  all(worker: number): Row[] {
    return this.#of(worker).splice(0);
  }

  /** The orders of a worker that are about these tasks, cut to them; the worker has them no more. */
  take(worker: number, tasks: Pick<Tasks, 'batch' | 'index' | 'count'>, run?: number): Row[] {
    const taken: Row[] = [];
    const kept: Row[] = [];
    for (const row of this.#of(worker)) {
      const common = run === undefined || run === row.run ? overlap(row, tasks) : undefined;
      if (!common) {
        kept.push(row);
        continue;
      }
      taken.push(common);
      const after = common.first + common.count;
      if (common.first > row.first) kept.push({ ...row, count: common.first - row.first });
      if (row.first + row.count > after)
        kept.push({ ...row, first: after, count: row.first + row.count - after });
    }
    this.#byWorker.set(worker, kept);
    return taken;
  }

  #of(worker: number): Row[] {
    const rows = this.#byWorker.get(worker) ?? [];
    this.#byWorker.set(worker, rows);
    return rows;
  }
}

function overlap(
  row: Row,
  { batch, index, count }: Pick<Tasks, 'batch' | 'index' | 'count'>,
): Row | undefined {
  if (row.batch !== batch) return undefined;
  const first = Math.max(row.first, index);
  const end = Math.min(row.first + row.count, index + count);
  return first < end ? { ...row, first, count: end - first } : undefined;
}
