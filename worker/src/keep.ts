/**
 * A worker that comes back: when its scheduler is lost it starts afresh, and dials until one lets it in. What it held is gone with the
 * scheduler that knew of it.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Listening } from '@taskloom/protocol/pod';
import { RETIRED, type RunningWorker, startWorker, type WorkerOptions } from './start.ts';

/** A worker that is asked to end drains for so long, in seconds, unless told otherwise. */
const DRAIN_SECONDS = 30;

export interface KeepOptions extends WorkerOptions {
  /** How long it may drain before it ends; 30 s when absent. */
  readonly drainSeconds?: number;
  /** Port of probes and metrics, 0 for any free one; none when absent. */
  readonly probesPort?: number;
  /** Called each time that a scheduler has let it in. */
  readonly joined?: (worker: RunningWorker) => void;
}

export class KeptWorker {
  readonly #options: KeepOptions;
  readonly #ended = new AbortController();
  #current: RunningWorker | undefined;
  #isLeaving = false;
  #probes: Listening | undefined;

  /** Settles when it ends for good: with the reason why it cannot come back, or `undefined` when it was closed. */
  readonly closed: Promise<string | undefined>;

  constructor(options: KeepOptions) {
    this.#options = options;
    this.closed = this.#live();
  }

  /** http(s)://host:port, once there are probes. */
  get probes(): string | undefined {
    return this.#probes && `${this.#options.secrets ? 'https' : 'http'}://${this.#probes.authority}`;
  }

  /** Why it takes no work; undefined when it does. */
  unready(): string | undefined {
    if (this.#isLeaving) return 'it is leaving';
    return this.#current ? undefined : 'no scheduler has let it in';
  }

  /** Ends when what it has is finished and moved, or `drainSeconds` have passed. */
  async retire(): Promise<void> {
    this.#isLeaving = true;
    const current = this.#current;
    if (current) {
      const patience = new AbortController();
      const late = pause((this.#options.drainSeconds ?? DRAIN_SECONDS) * 1_000, undefined, {
        signal: patience.signal,
      }).catch(() => {});
      current.retire();
      await Promise.race([current.closed, late]);
      patience.abort();
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#current?.close();
    await this.#probes?.close();
  }

  async #live(): Promise<string | undefined> {
    const { signal } = this.#ended;
    try {
      this.#probes = await this.#openProbes();
      while (!signal.aborted) {
        const worker = await startWorker(this.#options, signal);
        if (signal.aborted) return void (await worker.close());
        this.#current = worker;
        this.#options.joined?.(worker);
        const reason = await worker.closed;
        this.#current = undefined;
        if (reason === RETIRED) return await this.#rest();
        if (!this.#options.patient && !signal.aborted) return reason;
        if (!signal.aborted) console.error(`taskloom: this worker ended: ${reason}; starting afresh`);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return undefined;
  }

  /** One that was drained takes no work again; in a pod it waits to be ended, since what ends there is started anew. */
  async #rest(): Promise<undefined> {
    this.#isLeaving = true;
    const { signal } = this.#ended;
    if (this.#options.patient && !signal.aborted) await once(signal, 'abort');
  }

  async #openProbes(): Promise<Listening | undefined> {
    const { host = '127.0.0.1', secrets, probesPort } = this.#options;
    if (probesPort === undefined) return undefined;
    const [{ openProbes }, { workerMetrics }] = await Promise.all([
      import('@taskloom/protocol/pod'),
      import('./metrics.ts'),
    ]);
    const metrics = workerMetrics(() => this.#current?.figures());
    return openProbes({ unready: () => this.unready(), metrics }, { host, port: probesPort, secrets });
  }
}
