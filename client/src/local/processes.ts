/** A local cluster of processes: one scheduler, and workers that are started beside it, not after it. */
import { setTimeout as pause } from 'node:timers/promises';
import { dialLocal, localPath } from '@taskloom/protocol/connection';
import { FOREVER_MS } from '../staying.ts';
import { LocalProcess } from './local-process.ts';
import type { LocalSettings } from './options.ts';
import { type LocalWorker, newTokens, type Parts } from './parts.ts';
import type { SchedulerSettings } from './scheduler-main.ts';
import type { WorkerSettings } from './worker-main.ts';

/** A worker that lived shorter than this may be one of many that do: then the next waits a little. */
const SHORT_LIFE_MS = 2_000;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Large values arrive in fresh memory, and most of that time went into a page fault for every 4 KiB. With this glibc asks for huge pages where
 * it maps much at once; other C libraries do not read it.
 */
const TUNABLES = [process.env.GLIBC_TUNABLES, 'glibc.malloc.hugetlb=1'].filter(Boolean).join(':');

class WorkerProcess implements LocalWorker {
  readonly name: string;
  readonly process: LocalProcess;

  constructor(settings: WorkerSettings, env: Readonly<Record<string, string>>) {
    this.name = settings.name;
    const tuned = { GLIBC_TUNABLES: TUNABLES, ...env };
    this.process = new LocalProcess(`worker ${this.name}`, 'worker-main', settings, tuned);
  }

  get pid(): number | undefined {
    return this.process.pid;
  }
}

export class Processes implements Parts {
  readonly #settings: LocalSettings;
  readonly #tokens = newTokens();
  /** Where its processes reach the scheduler. */
  readonly #path = localPath();
  readonly #scheduler: LocalProcess;
  #workers: WorkerProcess[];
  /** Those that were asked to leave, and still run. */
  readonly #leaving = new Set<WorkerProcess>();
  /** Names of workers that died, and are about to be replaced. */
  readonly #missing = new Set<string>();
  #address = '';
  #died: string | undefined;
  #lastNumber = 0;
  /** Deaths in a row of workers that did not live long. */
  #earlyDeaths = 0;
  #phase: 'starting' | 'running' | 'closed' = 'starting';

  constructor(settings: LocalSettings) {
    this.#settings = settings;
    const ofScheduler: SchedulerSettings = { tokens: this.#tokens, localPath: this.#path };
    this.#scheduler = new LocalProcess('scheduler', 'scheduler-main', ofScheduler);
    void this.#scheduler.exited.then((how) => this.#schedulerEnded(how));
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

  get died(): string | undefined {
    return this.#died;
  }

  /** `schedulerReady` is called before the workers are. */
  async start(schedulerReady: () => void): Promise<void> {
    // One that has ended by then is no longer among the workers, and must be heard all the same.
    const workers = this.#workers;
    this.#address = await this.#scheduler.ready;
    schedulerReady();
    await Promise.all(workers.map((worker) => this.#begin(worker)));
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  dial() {
    return dialLocal(this.#path, { background: true });
  }

  async scale(count: number, timeoutMs: number): Promise<void> {
    for (const name of this.#missing)
      if (this.#workers.length + this.#missing.size > count) this.#missing.delete(name);
    const leaving = this.#workers.slice(count);
    const more = Math.max(0, count - this.#workers.length - this.#missing.size);
    const coming = Array.from({ length: more }, () => this.#spawn());
    this.#workers = [...this.#workers.slice(0, count), ...coming];
    // Nobody would be there to take over.
    const patienceMs = this.#workers.length > 0 ? timeoutMs : 0;
    await Promise.all([
      ...leaving.map((worker) => this.#dismiss(worker, patienceMs)),
      ...coming.map((worker) => this.#begin(worker)),
    ]);
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    await Promise.all([this.#endWorkers(), this.#scheduler.end()]);
  }

  async #endWorkers(): Promise<void> {
    const workers = [...this.#workers, ...this.#leaving];
    this.#workers = [];
    await Promise.all(workers.map(({ process }) => process.end()));
  }

  #schedulerEnded(how: string): void {
    // While it starts, whoever started it hears.
    if (this.#phase !== 'running') return;
    this.#phase = 'closed';
    this.#died = how;
    process.stderr.write(
      `taskloom: the scheduler of the local cluster ended with ${how}: start a new cluster\n`,
    );
    void this.#endWorkers();
  }

  #spawn(name = `${this.#settings.name}-${++this.#lastNumber}`): WorkerProcess {
    const { threads, resources, concurrency, env } = this.#settings;
    const token = this.#tokens.worker;
    const settings = { token, name, threads, resources, ...(concurrency && { concurrency }) };
    const worker = new WorkerProcess(settings, env);
    const started = performance.now();
    void worker.process.exited.then(() => this.#ended(worker, performance.now() - started));
    return worker;
  }

  /** One that was not asked to leave is replaced: its tasks wait for a worker, and a task that kills workers fails at its third. */
  #ended(worker: WorkerProcess, livedMs: number): void {
    const wasAsked = !this.#workers.includes(worker);
    this.#workers = this.#workers.filter((other) => other !== worker);
    if (wasAsked || this.#phase !== 'running') return;
    this.#earlyDeaths = livedMs < SHORT_LIFE_MS ? this.#earlyDeaths + 1 : 0;
    const patienceMs = Math.min(LONGEST_PAUSE_MS, 2 ** this.#earlyDeaths * SHORTEST_PAUSE_MS);
    this.#missing.add(worker.name);
    setTimeout(() => this.#replace(worker.name), this.#earlyDeaths < 4 ? 0 : patienceMs).unref();
  }

  /** By its name: there may be tasks that can run nowhere else. */
  #replace(name: string): void {
    if (!this.#missing.delete(name) || this.#phase !== 'running') return;
    const worker = this.#spawn(name);
    this.#workers = [...this.#workers, worker];
    this.#begin(worker).catch(({ message }: Error) => {
      if (this.#isExpected(name)) process.stderr.write(`taskloom: ${message}; it is started again\n`);
    });
  }

  /** Neither the cluster nor this worker was asked to end. */
  #isExpected(name: string): boolean {
    return (
      this.#phase === 'running' &&
      (this.#missing.has(name) || this.#workers.some((worker) => worker.name === name))
    );
  }

  /** Lets it finish what runs and hand over what it holds; what it then still has to do runs elsewhere, and is not blamed. */
  async #dismiss(worker: WorkerProcess, patienceMs: number): Promise<void> {
    this.#leaving.add(worker);
    await worker.process.retire();
    const patience = new AbortController();
    const late = pause(Math.min(patienceMs, FOREVER_MS), undefined, { signal: patience.signal }).catch(
      () => {},
    );
    await Promise.race([worker.process.exited, late]);
    patience.abort();
    await worker.process.end();
    this.#leaving.delete(worker);
  }

  async #begin({ process }: WorkerProcess): Promise<void> {
    process.meet(this.#path);
    await process.ready;
  }
}
