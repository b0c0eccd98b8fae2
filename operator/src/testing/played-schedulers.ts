/** The schedulers of a test's clusters, as the operator asks them: workers are connected when their pods are ready. */
import type { AdminDoors, SchedulerAddress } from '../admin/client.ts';
import { LABELS } from '../crd/names.ts';
import type { AdminStatus } from '../observed/index.ts';
import type { Pod } from '../observed/pod.ts';
import { isReady } from '../observed/worker.ts';

export class PlayedSchedulers implements AdminDoors {
  /** With a client they are never idle. */
  clients = 1;
  quietSince = 0;
  readonly #pods: () => readonly Pod[];
  readonly #now: () => number;
  readonly #drained = new Set<string>();

  constructor(pods: () => readonly Pod[], now: () => number) {
    this.#pods = pods;
    this.#now = now;
    this.quietSince = now();
  }

  async status(_at: SchedulerAddress): Promise<AdminStatus> {
    const workers = this.#pods().filter(
      (pod) => pod.metadata.labels?.[LABELS.component] === 'worker' && isReady(pod),
    );
    return {
      version: '0.1.0',
      protocol: { min: 1, max: 1 },
      clients: this.clients,
      idleMs: this.clients > 0 ? null : this.#now() - this.quietSince,
      tasks: { waiting: 0, running: 0, held: 0, failed: 0 },
      workers: workers.map(({ metadata: { name, labels } }) => ({
        ...{ name, group: labels?.[LABELS.group] ?? '', threads: 1, running: 0, heldBytes: 0 },
        state: this.#drained.has(name) ? 'drained' : 'active',
      })),
    };
  }

  async retire(_at: SchedulerAddress, workers: readonly string[]) {
    for (const name of workers) this.#drained.add(name);
    return workers.map((name) => ({ name, state: 'drained' as const }));
  }

  async cheapest(_at: SchedulerAddress, among: readonly string[], count: number) {
    return among.toSorted().slice(0, count);
  }

  close(): void {}
}
