/**
 * A client: the real core of a session, in a shell that does by chance what people and the real shell do. Every watch must hear of each
 * of its rows once, and of nothing that the plan does not allow.
 */
import { Cancel, type Message, type MessageOf, messageOf, type Put, Release, Want } from '@taskloom/protocol';
import { check } from '../../client/src/core/check.ts';
import type { Command, Event, Place } from '../../client/src/core/events.ts';
import { SentCode } from '../../client/src/core/sent-code.ts';
import { newSession, type SessionState, step } from '../../client/src/core/session.ts';
import { type Watch, watchOf } from '../../client/src/core/watch.ts';
import { Ranges } from '../../client/src/ranges.ts';
import type { Random } from '../../worker/src/testing/random.ts';
import type { Cluster } from './cluster.ts';
import { bytesOf, resultOf, valueAt } from './plan.ts';
import { type Submission, scattering, someTasks, submission } from './submission.ts';
import { Tasks } from './tasks.ts';

interface Fetch {
  readonly first: number;
  readonly count: number;
  readonly place: Place;
}
interface Upload {
  readonly task: number;
  readonly worker: number;
  readonly batch: number;
  readonly index: number;
  /** It has been tried before. */
  readonly isAgain: boolean;
}

/** Values that came beside those wanted, in bytes. */
const KEEP_BYTES = 60;
/** Code that the scheduler keeps for it, in bytes: a few functions. */
const CODE_BYTES = 3_000;
/** Failures after which a value is given up. */
const PATIENCE = 9;

export class PlayedClient {
  readonly number: number;
  readonly state: SessionState = newSession(KEEP_BYTES);
  readonly tasks: Tasks;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #told = new Map<Watch, Map<number, string>>();
  readonly #sentCode = new SentCode(CODE_BYTES);
  /** Hashes that were sent and not let go. */
  readonly code = new Set<string>();
  readonly #wants = new Ranges();
  readonly #cancels = new Ranges();
  readonly #releases = new Ranges();
  #submitted: Message[] = [];
  #fetches: Fetch[] = [];
  #uploads: Upload[] = [];
  /** Scattered tasks whose bytes are still kept here. */
  readonly #toBring = new Set<number>();
  readonly #failures = new Map<number, number>();
  #workers = new Set<number>();
  #nextTask = 1;

  constructor(number: number, cluster: Cluster) {
    this.number = number;
    this.#cluster = cluster;
    this.#random = cluster.random;
    this.tasks = new Tasks(cluster.upheaval);
  }

  // ------------------------------------------------------------------------------------------------- what people do

  submit(): void {
    const isData = this.#random.chance(0.15);
    const made = isData
      ? scattering(this.#random, this.#nextTask, (large) => bytesOf(0, large).length)
      : submission(this.#cluster, this.tasks, this.#nextTask);
    this.#sendCode(made.code);
    this.#submitted.push(made.message);
    this.#expect(made);
    if (isData) for (const { number } of made.tasks) this.#toBring.add(number);
    if (this.#random.chance(0.5)) this.watch(made.tasks[0]!.number, made.tasks.length);
  }

  watchSome(): void {
    const some = someTasks(this.#random, this.tasks);
    if (some) this.watch(some.first, some.count, this.#random.chance(0.7) ? 'value' : 'outcome');
  }

  watch(first: number, count: number, wants: Watch['wants'] = 'value'): void {
    const watch = watchOf(wants, first, count, {});
    this.#told.set(watch, new Map());
    this.#step({ on: 'watched', watch });
  }

  /** Somebody does not wait any longer. */
  unwatchSome(): void {
    if (this.state.watches.size === 0) return;
    const watch = this.#random.pick([...this.state.watches]);
    this.#told.delete(watch);
    this.#step({ on: 'unwatched', watch });
  }

  cancelSome(): void {
    const some = someTasks(this.#random, this.tasks);
    if (some) this.cancel(some.first, some.count);
  }

  cancel(first: number, count: number): void {
    for (let task = first; task < first + count; task++) this.tasks.of(task).isCancelled = true;
    this.#cancels.add(first, count);
  }

  releaseSome(): void {
    const some = someTasks(this.#random, this.tasks);
    if (some) this.release(some.first, some.count);
  }

  release(first: number, count: number): void {
    for (let task = first; task < first + count; task++) this.tasks.of(task).isHeld = false;
    this.#step({ on: 'released', first, count });
  }

  releaseAll(): void {
    for (const { number } of this.tasks.held) this.release(number, 1);
  }

  /** What was done since the last time is said: what a call stands on is released behind it. */
  flush(): void {
    const messages = this.#submitted;
    this.#submitted = [];
    if (this.#wants.size > 0) messages.push(messageOf(Want, this.#wants.take(), []));
    if (this.#cancels.size > 0) messages.push(messageOf(Cancel, this.#cancels.take(), []));
    if (this.#releases.size > 0) messages.push(messageOf(Release, this.#releases.take(true), []));
    this.#cluster.fromClient(this.number, messages);
  }

  /** The connection is gone for good. */
  lose(): void {
    this.#fetches = [];
    this.#uploads = [];
    this.#step({ on: 'lost' });
  }

  // ------------------------------------------------------------------------------------------------- what it is told

  receive(messages: readonly Message[]): void {
    for (const message of messages) this.#hear(message);
    this.flush();
  }

  #hear(message: Message): void {
    if (message.op === 'workers') this.#workers = new Set(message.workers.map(({ worker }) => worker));
    else if (message.op === 'put') this.#bring(message);
    else if (message.op === 'done' || message.op === 'failed') {
      this.#eachTask(message, (task) => this.#toBring.delete(task));
      if (message.op === 'done') this.#eachTask(message, (task) => this.tasks.mayBeDone(task));
      this.#step({ on: message.op, rows: message } as Event);
    } else if (message.op === 'undone' || message.op === 'results' || message.op === 'located')
      this.#step({ on: message.op, rows: message } as Event);
    else if (message.op !== 'output') throw new Error(`client ${this.number} was told ${message.op}`);
  }

  #bring({ task, worker, batch, index }: MessageOf<typeof Put>): void {
    task.forEach((number, row) => {
      this.#mustKnow(worker[row]!);
      this.#uploads.push({
        task: number,
        worker: worker[row]!,
        batch: batch[row]!,
        index: index[row]!,
        isAgain: false,
      });
    });
  }

  /** Clients hear of workers before news that names them. */
  #mustKnow(worker: number): void {
    if (this.#cluster.isThere(worker) && !this.#workers.has(worker))
      throw new Error(`client ${this.number} was told of worker ${worker}, which it does not know`);
  }

  #eachTask({ first, count }: { first: Uint32Array; count: Uint32Array }, visit: (task: number) => void) {
    first.forEach((from, row) => {
      for (let task = from; task < from + count[row]!; task++) visit(task);
    });
  }

  // ------------------------------------------------------------------------------------------------- what it fetches and brings

  /** All that could happen here next. */
  moves(): (() => void)[] {
    const moves: (() => void)[] = [];
    if (this.#fetches.length > 0) moves.push(() => this.#answerFetch());
    if (this.#uploads.length > 0) moves.push(() => this.#carryUpload());
    return moves;
  }

  #answerFetch(): void {
    const { first, count, place } = this.#take(this.#fetches);
    const block = this.#cluster.fetchFrom(place.worker, place.batch, place.index);
    const failures = this.#failures.get(first) ?? 0;
    if (block) this.#failures.delete(first);
    else this.#failures.set(first, failures === PATIENCE ? 0 : failures + 1);
    if (block) {
      const begins = first + block.first - place.index;
      this.#step({ on: 'fetched', first: begins, count: block.count, block: block.content });
    } else if (failures < PATIENCE) this.#step({ on: 'fetch-failed', first, count });
    else this.#step({ on: 'given-up', first, count, error: new Error('unreachable') });
    this.flush();
  }

  #carryUpload(): void {
    const upload = this.#take(this.#uploads);
    const { task: number, worker, batch, index, isAgain } = upload;
    if (isAgain && !(this.#toBring.has(number) && this.#workers.has(worker))) return;
    const task = this.tasks.of(number);
    const content = bytesOf(resultOf(task, []), task.large);
    if (!this.#cluster.putTo(worker, batch, index, content)) this.#uploads.push({ ...upload, isAgain: true });
  }

  #take<T>(from: T[]): T {
    return from.splice(this.#random.int(from.length), 1)[0]!;
  }

  // ------------------------------------------------------------------------------------------------- what the core commands

  #step(event: Event): void {
    const commands: Command[] = [];
    step(this.state, event, commands);
    check(this.state);
    for (const command of commands) this.#do(command);
  }

  #do(command: Command): void {
    if (command.do === 'want') this.#wants.add(command.first, command.count);
    else if (command.do === 'release') this.#releases.add(command.first, command.count);
    else if (command.do === 'fetch') {
      this.#mustKnow(command.place.worker);
      this.#fetches.push(command);
    } else if (command.do === 'give-up') this.#told.delete(command.watch);
    else
      for (let task = command.first; task < command.first + command.count; task++) {
        this.#judge(command, task);
        this.#note(command, task);
      }
  }

  #judge(command: Exclude<Command, { do: 'want' | 'release' | 'fetch' | 'give-up' }>, task: number): void {
    if (command.do === 'deliver')
      this.tasks.mayBe(task, valueAt(command.block.bytes, task - command.block.first));
    else if (command.do === 'fail') this.tasks.mayFail(task, Buffer.from(command.error).toString());
    else if (command.do === 'miss' && this.tasks.of(task).isHeld)
      throw new Error(`task ${task} is held, and was missed`);
  }

  #note({ watch, do: what }: { watch: Watch; do: string }, task: number): void {
    const told = this.#told.get(watch);
    if (!told) throw new Error('who does not wait was told something');
    if (task < watch.first || task >= watch.first + watch.count || told.has(task))
      throw new Error(`a watch of ${watch.first} + ${watch.count} was told of task ${task} anew`);
    told.set(task, what);
    if (told.size === watch.count) this.#told.delete(watch);
  }

  /** Those who still wait. */
  get waiting(): Watch[] {
    return [...this.#told.keys()];
  }

  #expect({ tasks }: Submission): void {
    for (const task of tasks) this.tasks.add(task);
    this.#nextTask += tasks.length;
    this.#step({ on: 'minted', first: tasks[0]!.number, count: tasks.length });
  }

  #sendCode(hashes: readonly string[]): void {
    const [graph, ...sources] = hashes.map((hash) => ({ hash, parts: [new Uint8Array(Buffer.from(hash))] }));
    if (!graph) return;
    const { send, letGo } = this.#sentCode.use(graph, sources);
    for (const hash of letGo) this.#sayCode(hash, new Uint8Array(0));
    for (const { hash, parts } of send) this.#sayCode(hash, parts[0]!);
    for (const hash of hashes)
      if (!this.code.has(hash))
        throw new Error(`client ${this.number} names the code ${hash}, which it did not send`);
  }

  #sayCode(hash: string, bytes: Uint8Array): void {
    if (bytes.length > 0) this.code.add(hash);
    else this.code.delete(hash);
    this.#submitted.push({ op: 'code', sections: [new Uint8Array(Buffer.from(hash)), bytes] });
  }
}
