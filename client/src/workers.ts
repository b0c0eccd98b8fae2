/** The workers there are, as the scheduler last told, and who waits for more of them. */
import type { WorkerInfo } from '@taskloom/protocol';
import { ClientError } from './errors.ts';
import { FOREVER_MS, staying } from './staying.ts';

interface Waiting {
  readonly count: number;
  readonly timer: NodeJS.Timeout | undefined;
  resolve(workers: WorkerInfo[]): void;
  reject(error: Error): void;
}

export class Workers {
  #byNumber = new Map<number, WorkerInfo>();
  readonly #waiting = new Set<Waiting>();
  #lost: Error | undefined;

  /** Those that take work; one that is to leave is still asked for what it holds. */
  get list(): WorkerInfo[] {
    return [...this.#byNumber.values()].filter(({ retiring }) => !retiring);
  }

  get(number: number): WorkerInfo | undefined {
    return this.#byNumber.get(number);
  }

  /** Gives those at whose address nobody is any more. */
  told(workers: readonly WorkerInfo[]): WorkerInfo[] {
    const addresses = new Set(workers.map(({ address }) => address));
    const gone = [...this.#byNumber.values()].filter(({ address }) => !addresses.has(address));
    this.#byNumber = new Map(workers.map((worker) => [worker.worker, worker]));
    for (const waiting of this.#waiting) {
      if (this.list.length < waiting.count) continue;
      this.#leave(waiting);
      waiting.resolve(this.list);
    }
    return gone;
  }

  atLeast(count: number, timeoutMs: number | undefined): Promise<WorkerInfo[]> {
    if (this.#lost) return Promise.reject(this.#lost);
    if (this.list.length >= count) return Promise.resolve(this.list);
    const there = new Promise<WorkerInfo[]>((resolve, reject) => {
      const late = () => {
        this.#leave(waiting);
        reject(
          new ClientError(
            'timed-out',
            `${this.list.length} of ${count} workers are there after ${timeoutMs} ms: look at their logs, or ask for fewer`,
          ),
        );
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, Math.min(timeoutMs, FOREVER_MS));
      const waiting: Waiting = { count, timer, resolve, reject };
      this.#waiting.add(waiting);
    });
    return staying(there);
  }

  lose(error: Error): void {
    this.#lost = error;
    this.#byNumber.clear();
    for (const waiting of this.#waiting) {
      this.#leave(waiting);
      waiting.reject(error);
    }
  }

  #leave(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    this.#waiting.delete(waiting);
  }
}
