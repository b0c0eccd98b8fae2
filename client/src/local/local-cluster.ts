/** A cluster on this machine, which ends with the process that started it. */
import { availableParallelism } from 'node:os';
import { prepareCapture } from '@taskloom/protocol/functions';
import { Client } from '../client.ts';
import { type ConnectOptions, openSession } from '../connect.ts';
import { ClientError } from '../errors.ts';
import { Keys } from '../keys.ts';
import { checkOutput } from '../output.ts';
import { checkTimeout, given, onlyOptions, refuse } from '../said.ts';
import type { Session } from '../session.ts';
import { staying } from '../staying.ts';
import { type LocalClusterOptions, type LocalSettings, settingsOf } from './options.ts';
import { assertOwnFiles } from './own-files.ts';
import type { LocalWorker, Parts } from './parts.ts';

const brand: unique symbol = Symbol.for('taskloom.client') as never;
/** How long workers that are to leave may take: as long as a TaskCluster gives them unless told otherwise. */
const DRAIN_MS = 300_000;
const GONE =
  'the scheduler of this local cluster is gone, and what was not fetched is lost with it: start a new cluster';

/**
 * A scheduler and workers on this machine. No process of it outlives the one that started it, however that ends; a script that waits for
 * nothing any more ends, closed or not.
 *
 * @example
 * import { LocalCluster } from '@taskloom/client';
 *
 * await using cluster = await LocalCluster.start({ threads: 2 });
 * const client = cluster.client();
 * console.log(await client.submit((a: number, b: number) => a * b, 6, 7)); // 42
 */
export class LocalCluster implements AsyncDisposable {
  readonly [brand] = true;
  readonly #parts: Parts;
  /** The session that watches the workers come; the first client takes it. */
  #first: Session | undefined;
  readonly #sessions = new Set<Session>();
  #closed: Promise<void> | undefined;

  private constructor(parts: Parts) {
    if (typeof parts?.dial !== 'function')
      refuse('a local cluster is made by await LocalCluster.start(options), not by new LocalCluster');
    this.#parts = parts;
  }

  /** Resolves when all workers are there. */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const settings = settingsOf(options);
    assertOwnFiles();
    return staying(
      settings.inProcess ? LocalCluster.#inProcess(settings) : LocalCluster.#processes(settings),
    );
  }

  static async #inProcess(settings: LocalSettings): Promise<LocalCluster> {
    const { inProcess } = await import('./in-process.ts');
    const cluster = new LocalCluster(await inProcess(settings));
    try {
      cluster.#first = cluster.session({});
      await cluster.#first.workers.atLeast(1, undefined);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  static async #processes(settings: LocalSettings): Promise<LocalCluster> {
    const { Processes } = await import('./processes.ts');
    const processes = new Processes(settings);
    const cluster = new LocalCluster(processes);
    // The first capture loads the inspector: now, while the processes start, where that does not take a core from them.
    if (availableParallelism() > settings.workers + 1) prepareCapture();
    try {
      // The scheduler is dialled while the workers still start.
      await processes.start(() => {
        cluster.#first = cluster.session({});
      });
      await cluster.#first?.workers.atLeast(settings.workers, undefined);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** ws://host:port, where other clients on this machine find it with `token`. */
  get address(): string {
    return this.#parts.address;
  }

  /** What a client must show. */
  get token(): string {
    return this.#parts.token;
  }

  /** The workers that were started and run. */
  get workers(): readonly LocalWorker[] {
    return this.#parts.workers;
  }

  /** A new client of this cluster, which ends with it. */
  client(options: Pick<ConnectOptions, 'output'> = {}): Client {
    onlyOptions(options, ['output'], "{ output: 'ignore' }");
    checkOutput(options.output);
    const session = options.output === undefined && this.#first ? this.#first : this.session(options);
    if (session === this.#first) this.#first = undefined;
    const closing = async () => void this.#sessions.delete(session);
    return new Client({ session, keys: new Keys(), closing });
  }

  /** What a client of this cluster stands on; scripts take `client`. */
  session(options: ConnectOptions): Session {
    this.#assertOpen();
    const { doors } = this.#parts;
    const { token } = this;
    const dialled = this.#parts.dial().then((connection) => ({ connection, token }));
    const session = openSession(this.address, dialled, {
      ...options,
      gone: GONE,
      ...(doors && { doors }),
    });
    this.#sessions.add(session);
    return session;
  }

  /**
   * Starts workers, or lets the newest leave, until there are so many. Those that leave finish what runs on them and hand over what only
   * they hold, unless there is nobody left; after `timeoutMs` (300,000 unless said) they are ended, and what they ran runs elsewhere.
   */
  async scale(workers: number, options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    const { timeoutMs = DRAIN_MS } = onlyOptions(options, ['timeoutMs'], '{ timeoutMs: 10_000 }');
    if (!Number.isInteger(workers) || workers < 0)
      refuse(`scale takes how many workers, got ${given(workers)}`);
    checkTimeout(timeoutMs);
    this.#assertOpen();
    await staying(this.#parts.scale(workers, timeoutMs));
  }

  /** Ends clients, workers and scheduler; again is the same. */
  close(): Promise<void> {
    this.#closed ??= staying(this.#close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClientError('closed', 'this cluster was closed: start a new one');
    const { died } = this.#parts;
    if (died === undefined) return;
    throw new ClientError('closed', `the scheduler of this cluster ended with ${died}: start a new cluster`);
  }

  async #close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    await this.#parts.close();
  }
}
