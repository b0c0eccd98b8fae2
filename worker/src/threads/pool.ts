/** The threads of a worker, as its shell runs them. */
import { Worker } from 'node:worker_threads';
import type { Report, Running, ThreadOrder } from '../core/index.ts';
import { type Code, Mirror } from './mirror.ts';
import { packOrders, unpackReport } from './packing.ts';
import { PROGRESS_BYTES, Progress, SLOTS } from './progress.ts';
import type { FromThread, ThreadSetup, ToThread } from './wire.ts';

export interface ThreadListener {
  started(thread: number): void;
  reported(thread: number, report: Report): void;
  wrote(batch: number, index: number, stream: 'stdout' | 'stderr', text: string): void;
  exited(thread: number, reason: string, running: readonly Running[]): void;
}

export interface PoolOptions {
  readonly worker: ThreadSetup['worker'];
  readonly code: Code;
  readonly listener: ThreadListener;
  /** The heap of each thread, in MiB; Node's default when absent. */
  readonly threadMemoryMb?: number;
}

interface Member {
  readonly worker: Worker;
  readonly progress: Progress;
  readonly mirror: Mirror;
  resume: boolean;
  taken: number;
  told: number;
  /** The most tasks that may share it, of all orders it was given. */
  slots: number;
  failure: Error | undefined;
}

const fromSource = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(fromSource ? './thread.ts' : './thread.js', import.meta.url);
const EXEC_ARGV = fromSource ? ['--conditions=taskloom-source', '--disable-warning=ExperimentalWarning'] : [];

export class Pool {
  readonly #members = new Map<number, Member>();
  readonly #options: PoolOptions;
  #closing = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  start(thread: number): void {
    const { worker: about, code, threadMemoryMb } = this.#options;
    const memory = new SharedArrayBuffer(PROGRESS_BYTES);
    const setup: ThreadSetup = { progress: memory, worker: about, thread };
    const worker = new Worker(PROGRAM, {
      workerData: setup,
      name: `taskloom-${thread}`,
      execArgv: EXEC_ARGV,
      ...(threadMemoryMb && { resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb } }),
    });
    const member: Member = {
      worker, progress: new Progress(memory), mirror: new Mirror(code),
      resume: false, taken: 0, told: 0, slots: 1, failure: undefined,
    }; // biome-ignore format: a record
    this.#members.set(thread, member);
    worker.on('message', (message: FromThread | 'started') => this.#heard(thread, member, message));
    worker.on('error', (error: Error) => {
      member.failure = error;
    });
    worker.on('exit', (code) => this.#gone(thread, member, code));
  }

  run(thread: number, orders: readonly ThreadOrder[]): void {
    const member = this.#members.get(thread);
    if (!member) return;
    for (const { concurrency } of orders) member.slots = Math.min(SLOTS, Math.max(member.slots, concurrency));
    this.#tell(member, packOrders(orders, member.mirror));
  }

  /** Takes from a thread what it has not begun; gives how many tasks it has ever begun. */
  withdraw(thread: number): { claimed: number; running: readonly Running[] } | undefined {
    const member = this.#members.get(thread);
    if (!member) return undefined;
    member.resume = true;
    const claimed = member.progress.withdraw();
    return { claimed, running: member.progress.running(member.slots) };
  }

  terminate(thread: number): void {
    void this.#members.get(thread)?.worker.terminate();
  }

  /** No thread needs these blocks. They hear of it with what they get next, at the latest when tidied. */
  forget(blocks: readonly number[]): void {
    for (const { mirror } of this.#members.values()) mirror.forget(blocks);
  }

  /** Lets idle threads forget what they hold for nothing. */
  tidy(): void {
    for (const member of this.#members.values()) if (member.told < member.taken) this.#tell(member, []);
  }

  running(): { thread: number; running: readonly Running[] }[] {
    return [...this.#members].map(([thread, { progress, slots }]) => ({
      thread,
      running: progress.running(slots),
    }));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#members.values()].map(({ worker }) => worker.terminate()));
  }

  #tell(member: Member, orders: readonly number[]): void {
    const { resume, taken, mirror, worker } = member;
    member.resume = false;
    member.told = taken;
    const message: ToThread = { resume, taken, orders, ...mirror.news() };
    worker.postMessage(message);
  }

  #heard(thread: number, member: Member, message: FromThread | 'started'): void {
    const { listener } = this.#options;
    if (message === 'started') return listener.started(thread);
    member.taken = message.report;
    for (const [batch, index, stream, text] of message.wrote) {
      listener.wrote(batch, index, stream === 1 ? 'stdout' : 'stderr', text);
    }
    listener.reported(thread, unpackReport(message));
  }

  #gone(thread: number, member: Member, code: number): void {
    this.#members.delete(thread);
    if (this.#closing) return;
    this.#options.listener.exited(
      thread,
      reasonOf(member.failure, code),
      member.progress.running(member.slots),
    );
  }
}

function reasonOf(failure: Error | undefined, code: number): string {
  if (!failure) return `process.exit(${code}) was called`;
  if ((failure as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it ran out of memory';
  return `an error was thrown that nobody caught: ${failure.message}`;
}
