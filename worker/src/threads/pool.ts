/**
 * Owns: the threads of a worker, as its shell runs them.
 *
 * 1. The first thread starts alone, the others when it has.
 * 2. A thread that is told to end and does not is abandoned: for the core it is gone, and it ends when the call that holds it returns.
 *    While there are MOST_ABANDONED of them no other thread starts.
 */
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Report, Running, ThreadOrder } from '../core/index.ts';
import { sharedCame } from '../shared-garbage.ts';
import { Mirror } from './mirror.ts';
import { packOrders, unpackReports } from './packing.ts';
import { PROGRESS_BYTES, Progress, SLOTS } from './progress.ts';
import { RING_BYTES } from './ring.ts';
import { type Posted, restoreFromThread, shortenToThread } from './short.ts';
import { Tray } from './tray.ts';
import { addOutput, type FromThread, type ThreadSetup, type Wrote } from './wire.ts';

export interface ThreadListener {
  started(thread: number): void;
  reported(thread: number, report: Report): void;
  wrote(batch: number, index: number, stream: 'stdout' | 'stderr', text: string): void;
  exited(thread: number, reason: string, running: readonly Running[]): void;
}

/** Where V8 cannot make a heap at all, it ends the whole process, in MiB. */
const LEAST_HEAP_MB = 4;
/** A thread that has been in one task for so long will not report soon, in milliseconds. */
const BUSY_MS = 20;
/** What was told to end so long ago, in milliseconds, is in a call that nothing interrupts, such as spawnSync. */
const GRACE_MS = 1_000;
/** Each keeps its memory, and a thread of the system. */
export const MOST_ABANDONED = 4;

export interface PoolOptions {
  /** The worker's name. */
  readonly worker: string;
  /** The heap of each thread, in MiB; Node's default when absent. */
  readonly threadMemoryMb?: number;
}

interface Member {
  readonly worker: Worker;
  /** Ours alone: tasks may do with the thread's own ports what they like. */
  readonly port: MessagePort;
  readonly progress: Progress;
  readonly tray: Tray;
  readonly mirror: Mirror;
  /** As the core numbers it; a spare one has none. */
  thread: number | undefined;
  phase: 'starting' | 'started' | 'gone';
  /** To be told with the next message. */
  orders: number[];
  resume: number | undefined;
  taken: number;
  told: number;
  /** The most tasks that may share it, of all orders it was given. */
  slots: number;
  /** What was thrown, be it undefined. */
  failure: { readonly error: unknown } | undefined;
  exitCode: number;
}

const fromSource = import.meta.url.endsWith('.ts');
/** From source as it stands; else as one file, if it was bundled, since that loads in half the time. */
function programUrl(): URL {
  if (fromSource) return new URL('./thread.ts', import.meta.url);
  const bundled = new URL('../processes/thread.js', import.meta.url);
  return existsSync(bundled) ? bundled : new URL('./thread.js', import.meta.url);
}
const PROGRAM = programUrl();
const EXEC_ARGV = fromSource ? ['--conditions=taskloom-source', '--disable-warning=ExperimentalWarning'] : [];

export class Pool {
  readonly #members = new Map<number, Member>();
  readonly #options: PoolOptions;
  readonly #code = new Map<string, Uint8Array>();
  #codeBytes = 0;
  #spare: Member | undefined;
  /** Threads to be started when they may. */
  readonly #held: number[] = [];
  readonly #abandoned = new Set<Member>();
  #hasStarted = false;
  #listener: ThreadListener | undefined;
  #workerNumber = 0;
  #closing = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Starts the first thread before anybody asks, since that takes as long as all else that a worker does at its start. The
   * others follow it: started together they would keep each other, and the first result, waiting for the same cores.
   */
  prepare(): void {
    this.#spare = this.#spawn();
  }

  attach(listener: ThreadListener): void {
    this.#listener = listener;
  }

  addCode(hash: string, bytes: Uint8Array): void {
    this.#codeBytes += bytes.length - (this.#code.get(hash)?.length ?? 0);
    this.#code.set(hash, bytes);
  }

  /** No task that needs it is left. Threads hear of it with what they get next, at the latest when tidied. */
  forgetCode(hash: string): void {
    this.#codeBytes -= this.#code.get(hash)?.length ?? 0;
    this.#code.delete(hash);
    for (const { mirror } of this.#members.values()) mirror.forgetCode(hash);
  }

  get codeBytes(): number {
    return this.#codeBytes;
  }

  /** Tells the threads what number the scheduler gave this worker. */
  numbered(worker: number): void {
    this.#workerNumber = worker;
    for (const { progress } of this.#members.values()) progress.worker = worker;
  }

  start(thread: number): void {
    if (this.#closing) return;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare) return this.#adopt(spare, thread);
    this.#held.push(thread);
    this.#startHeld();
  }

  run(thread: number, orders: readonly ThreadOrder[]): void {
    const member = this.#members.get(thread);
    if (!member) return;
    for (const { concurrency } of orders) member.slots = Math.min(SLOTS, Math.max(member.slots, concurrency));
    packOrders(orders, member.mirror, member.orders);
  }

  /** What was given in one turn goes to each thread in one message. */
  flush(): void {
    for (const member of this.#members.values()) if (member.orders.length > 0) this.#tell(member);
  }

  /** Takes from a thread what it has not begun; gives how many tasks it has ever begun. */
  withdraw(thread: number): { claimed: number; running: readonly Running[] } | undefined {
    const member = this.#members.get(thread);
    if (!member) return undefined;
    const claimed = member.progress.withdraw();
    member.resume = member.progress.withdrawals;
    member.orders = [];
    return { claimed, running: member.progress.running(member.slots) };
  }

  terminate(thread: number): void {
    const member = this.#members.get(thread);
    if (!member) return;
    void member.worker.terminate();
    // Where this process was held up, the end of the thread may be there to be heard, behind the timer.
    setTimeout(() => setImmediate(() => this.#abandon(member)), GRACE_MS).unref();
  }

  /** No thread needs these blocks. They hear of it with what they get next, at the latest when tidied. */
  forget(blocks: readonly number[]): void {
    for (const { mirror } of this.#members.values()) mirror.forget(blocks);
  }

  /** Lets idle threads forget what they hold for nothing. */
  tidy(): void {
    for (const member of this.#members.values()) {
      if (member.told < member.taken || member.mirror.hasExcess) this.#tell(member);
    }
  }

  /** Takes what threads have left without saying so, where they are busy for long; others report, and each report costs messages. */
  collect(): void {
    for (const member of this.#members.values())
      if (!member.tray.isEmpty && isBusy(member)) this.#collect(member);
  }

  running(): { thread: number; running: readonly Running[] }[] {
    return [...this.#members].map(([thread, { progress, slots }]) => ({
      thread,
      running: progress.running(slots),
    }));
  }

  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#members.values(), ...(this.#spare ? [this.#spare] : [])];
    const ended = Promise.all(all.map(({ worker }) => worker.terminate()));
    await Promise.race([ended, pause(GRACE_MS, undefined, { ref: false })]);
    for (const { worker } of all) worker.unref();
  }

  #startHeld(): void {
    while (this.#held.length > 0 && this.#mayStart) this.#begin(this.#held.shift() as number);
  }

  get #mayStart(): boolean {
    if (this.#closing || this.#abandoned.size >= MOST_ABANDONED) return false;
    return this.#hasStarted || this.#members.size === 0;
  }

  /** Fails at once where the system has no room for a thread. */
  #begin(thread: number): void {
    let member: Member;
    try {
      member = this.#spawn();
    } catch (error) {
      return this.#listener?.exited(thread, reasonOf({ error }, 1), []);
    }
    this.#adopt(member, thread);
  }

  #adopt(member: Member, thread: number): void {
    member.thread = thread;
    member.progress.worker = this.#workerNumber;
    this.#members.set(thread, member);
    if (member.phase === 'started') this.#started(thread);
    if (member.phase === 'gone') this.#gone(member);
  }

  #started(thread: number): void {
    if (this.#closing) return;
    this.#hasStarted = true;
    this.#listener?.started(thread);
    this.#startHeld();
  }

  #spawn(): Member {
    const { worker: name, threadMemoryMb } = this.#options;
    const memory = new SharedArrayBuffer(PROGRESS_BYTES);
    const tray = new SharedArrayBuffer(RING_BYTES);
    const { port1: port, port2: itsPort } = new MessageChannel();
    const setup: ThreadSetup = { port: itsPort, progress: memory, tray, worker: name };
    const worker = new Worker(PROGRAM, {
      workerData: setup,
      transferList: [itsPort],
      name: 'taskloom',
      execArgv: EXEC_ARGV,
      ...(threadMemoryMb && {
        resourceLimits: { maxOldGenerationSizeMb: Math.max(LEAST_HEAP_MB, threadMemoryMb) },
      }),
    });
    const member: Member = {
      worker, port, progress: new Progress(memory), tray: new Tray(tray), mirror: new Mirror(this.#code), thread: undefined, phase: 'starting',
      orders: [], resume: undefined, taken: 0, told: 0, slots: 1, failure: undefined, exitCode: 0,
    }; // biome-ignore format: a record
    port.on('message', (posted: Posted<FromThread> | 'started') => this.#heard(member, posted));
    worker.on('error', (error: unknown) => {
      member.failure = { error };
    });
    worker.on('exit', (code) => {
      if (this.#abandoned.delete(member)) return this.#startHeld();
      member.exitCode = code;
      this.#ended(member);
    });
    // What keeps a process running is its door and its connection, or who waits for a task. Last: a listener refers to it again.
    worker.unref();
    port.unref();
    return member;
  }

  #tell(member: Member): void {
    const { orders, resume, taken, mirror, port } = member;
    member.orders = [];
    member.resume = undefined;
    member.told = taken;
    const news = mirror.news();
    port.postMessage(shortenToThread({ resume, taken, orders, ...news }));
  }

  #heard(member: Member, posted: Posted<FromThread> | 'started'): void {
    if (posted === 'started') {
      member.phase = 'started';
      if (member.thread !== undefined) this.#started(member.thread);
      return;
    }
    const said = restoreFromThread(posted);
    said.large.forEach(sharedCame);
    this.#collect(member, said);
  }

  /** What lies on the tray of a thread was left there before it `said` anything else. */
  #collect(member: Member, said?: FromThread): void {
    const left = member.tray.isEmpty ? [] : member.tray.take();
    if (said) {
      left.push({ report: said });
      member.tray.passed();
    }
    const reports: FromThread[] = [];
    const wrote: Wrote[] = [];
    for (const one of left) {
      if ('report' in one) reports.push(one.report);
      for (const text of 'report' in one ? one.report.wrote : [one.wrote]) addOutput(wrote, text);
    }
    for (const [batch, index, stream, text] of wrote) {
      this.#listener?.wrote(batch, index, stream === 1 ? 'stdout' : 'stderr', text);
    }
    const last = reports.at(-1);
    if (!last) return;
    member.taken = last.report;
    if (member.thread !== undefined) this.#listener?.reported(member.thread, unpackReports(reports));
  }

  #ended(member: Member): void {
    const { port } = member;
    // What it said last may not have been heard yet.
    for (let last = receiveMessageOnPort(port); last; last = receiveMessageOnPort(port))
      this.#heard(member, last.message);
    port.close();
    member.phase = 'gone';
    this.#gone(member);
  }

  #abandon(member: Member): void {
    if (member.phase === 'gone' || this.#closing) return;
    console.error(
      `taskloom: a thread of worker ${this.#options.worker} does not end: maybe it is in a call that nothing interrupts, such as spawnSync. ` +
        'It is left to end when that returns, and another takes its place',
    );
    this.#abandoned.add(member);
    // To terminate it referred to it again.
    member.worker.unref();
    this.#ended(member);
  }

  #gone(member: Member): void {
    const { thread, progress, slots, failure, exitCode } = member;
    if (thread === undefined || this.#closing) return;
    this.#collect(member);
    this.#members.delete(thread);
    this.#listener?.exited(thread, reasonOf(failure, exitCode), progress.running(slots));
  }
}

function isBusy({ progress, slots }: Member): boolean {
  return progress.running(slots).some(({ ms }) => ms >= BUSY_MS);
}

function reasonOf(failure: { readonly error: unknown } | undefined, code: number): string {
  if (!failure) return `process.exit(${code}) was called`;
  const { error } = failure;
  if (!(error instanceof Error)) return `something was thrown that nobody caught: ${inspect(error)}`;
  if ((error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it ran out of memory';
  return `an error was thrown that nobody caught: ${error.message}`;
}
