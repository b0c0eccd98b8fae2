/** A local cluster of processes: one scheduler, and workers that are started beside it, not after it. */
import { randomBytes } from 'node:crypto';
import { dialSocket } from '@taskloom/protocol/connection';
import { LocalProcess } from './local-process.ts';
import type { LocalSettings } from './options.ts';
import type { LocalWorker, Parts } from './parts.ts';
import type { SchedulerSettings } from './scheduler-main.ts';
import type { WorkerSettings } from './worker-main.ts';

const secret = () => randomBytes(24).toString('base64url');

class WorkerProcess implements LocalWorker {
  readonly name: string;
  readonly process: LocalProcess;

  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.process = new LocalProcess(`worker ${name}`, 'worker-main', env);
  }

  get pid(): number | undefined {
    return this.process.pid;
  }
}

export class Processes implements Parts {
  readonly #settings: LocalSettings;
  readonly #tokens: SchedulerSettings['tokens'] = { client: secret(), worker: secret() };
  readonly #scheduler: LocalProcess;
  #workers: WorkerProcess[];
  #address = '';
  #lastNumber = 0;

  constructor(settings: LocalSettings) {
    this.#settings = settings;
    this.#scheduler = new LocalProcess('scheduler', 'scheduler-main');
    this.#workers = Array.from({ length: settings.workers }, () => this.#spawn());
  }

  get address(): string {
    return this.#address;
  }

  get token(): string {
    return this.#tokens.client;
  }

  get workers(): readonly LocalWorker[] {
    return this.#workers;
  }

  /** `schedulerReady` is called before the workers are. */
  async start(schedulerReady: () => void): Promise<void> {
    const settings: SchedulerSettings = { tokens: this.#tokens };
    // One that has ended by then is no longer among the workers, and must be heard all the same.
    const workers = this.#workers;
    this.#address = await this.#scheduler.start(settings);
    schedulerReady();
    await Promise.all(workers.map((worker) => this.#begin(worker)));
  }

  dial() {
    return dialSocket(this.#address);
  }

  async scale(count: number): Promise<void> {
    const leaving = this.#workers.slice(count);
    const coming = Array.from({ length: Math.max(0, count - this.#workers.length) }, () => this.#spawn());
    this.#workers = [...this.#workers.slice(0, count), ...coming];
    await Promise.all([
      ...leaving.map((worker) => worker.process.end()),
      ...coming.map((worker) => this.#begin(worker)),
    ]);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.map(({ process }) => process.end()), this.#scheduler.end()]);
    this.#workers = [];
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess(`${this.#settings.name}-${++this.#lastNumber}`, this.#settings.env);
    void worker.process.exited.then(() => {
      this.#workers = this.#workers.filter((other) => other !== worker);
    });
    return worker;
  }

  async #begin({ name, process }: WorkerProcess): Promise<void> {
    const { threads, resources, concurrency } = this.#settings;
    const settings: WorkerSettings = {
      address: this.#address,
      token: this.#tokens.worker,
      name,
      threads,
      resources,
      ...(concurrency && { concurrency }),
    };
    await process.start(settings);
  }
}
