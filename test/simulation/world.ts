/**
 * A whole cluster in one thread, from a seed: the real cores of scheduler, workers and clients, each behind its door, and links that
 * carry what they say as bytes, each at its own pace. The invariants of each core are checked after each of its steps.
 */
import { type Message, packMap } from '@taskloom/protocol';
import { check } from '../../scheduler/src/core/check.ts';
import {
  type Command,
  type Event,
  emptyState,
  type State,
  step,
  targetOf,
} from '../../scheduler/src/core/index.ts';
import { ClientDoor, eventOfWorker } from '../../scheduler/src/door.ts';
import { type Random, random } from '../../worker/src/testing/random.ts';
import type { Block, Cluster, Upheaval } from './cluster.ts';
import { Link } from './links.ts';
import { PlayedClient } from './played-client.ts';
import { PlayedWorker } from './played-worker.ts';
import { OFFERED, WORKER_NAMES } from './submission.ts';

/** A peer, and the two links between it and the scheduler. */
interface Peer<Played> {
  readonly played: Played;
  readonly to: Link;
  readonly from: Link;
}

const WRITER = {
  orders: (orders: Parameters<typeof packMap>[0]) => packMap(orders),
  hash: (hash: string) => new Uint8Array(Buffer.from(hash)),
};

export class World implements Cluster {
  readonly random: Random;
  readonly scheduler: State;
  readonly workers = new Map<number, Peer<PlayedWorker>>();
  readonly clients = new Map<number, Peer<PlayedClient>>();
  readonly upheaval: Upheaval = { workerDeaths: 0, threadDeaths: 0, failedFetches: 0 };
  now = 0;
  /** Nothing goes wrong any more. */
  isCalm = false;
  /** Links of workers that are gone, on which something may still arrive. */
  #lastWords: Link[] = [];
  #nextWorker = 1;
  readonly #began = new Map<string, number>();

  constructor(seed: number) {
    this.random = random(seed);
    this.scheduler = emptyState({
      encodeFault: ({ code }) => new Uint8Array(Buffer.from(code)),
      cacheBytes: 40,
      workerTtlMs: 1e9,
      horizonMicros: 8_000,
    });
  }

  // ------------------------------------------------------------------------------------------------- who comes and goes

  addClient(): void {
    const number = this.clients.size + 1;
    const door = new ClientDoor(number);
    const played = new PlayedClient(number, this);
    const to = new Link(`to client ${number}`, this.random, (messages) => played.receive(messages));
    const from = new Link(`from client ${number}`, this.random, (messages) =>
      this.#step(messages.map((message) => heard(door.eventOf(message)))),
    );
    this.clients.set(number, { played, to, from });
    this.#step([{ on: 'client-joined', client: number }]);
  }

  /** Its line is cut, and both sides notice; what is under way waits. */
  cutOff({ played, to, from }: Peer<PlayedClient>): void {
    to.isHeld = true;
    from.isHeld = true;
    this.#step([{ on: 'client-cut-off', client: played.number }]);
  }

  comeBack({ played, to, from }: Peer<PlayedClient>): void {
    if (!to.isHeld) return;
    to.isHeld = false;
    from.isHeld = false;
    this.#step([{ on: 'client-came-back', client: played.number }]);
  }

  leave({ played, to, from }: Peer<PlayedClient>): void {
    this.clients.delete(played.number);
    to.drop();
    from.breakOff(() => this.#step([{ on: 'client-left', client: played.number }]));
    from.isHeld = false;
    this.#lastWords.push(from);
    played.lose();
  }

  addWorker(name: string = this.random.pick(WORKER_NAMES)): void {
    if ([...this.scheduler.workers.values()].some((worker) => worker.name === name)) return;
    const number = this.#nextWorker++;
    const threads = 1 + this.random.int(3);
    const concurrency = this.random.chance(0.3) ? 1 + this.random.int(4) : undefined;
    const from = new Link(`from worker ${number}`, this.random, (messages) =>
      this.#hearWorker(number, name, messages),
    );
    const to = new Link(`to worker ${number}`, this.random, (messages) =>
      this.workers.get(number)?.played.receive(messages),
    );
    const played = new PlayedWorker({ number, name, threads, concurrency }, this);
    this.workers.set(number, { played, to, from });
    const resources = name === WORKER_NAMES[0] || this.random.chance(0.5) ? OFFERED : {};
    this.#step([{ on: 'worker-joined', worker: number, name, address: '', threads, concurrency, resources }]);
  }

  killWorker(): void {
    if (this.workers.size === 0) return;
    this.upheaval.workerDeaths++;
    this.#goes(this.random.pick([...this.workers.keys()]), 'killed');
  }

  /** Somebody asks a worker to leave, or it asks itself. */
  retireWorker(): void {
    if (this.workers.size === 0) return;
    const worker = this.random.pick([...this.workers.keys()]);
    if (this.random.chance(0.5)) this.fromWorker(worker, { op: 'retiring' });
    else this.#step([{ on: 'worker-retiring', worker }]);
  }

  left(number: number): void {
    if (!this.workers.has(number)) return;
    const { assignedTasks = 0, heldBytes = 0 } = this.scheduler.workers.get(number) ?? {};
    if (assignedTasks > 0 || heldBytes > 0) throw new Error(`worker ${number} left too early`);
    this.#goes(number, 'left');
  }

  #goes(number: number, reason: string): void {
    const { to, from } = this.workers.get(number)!;
    this.workers.delete(number);
    to.drop();
    const closed = () => this.#step([{ on: 'worker-lost', worker: number, reason }]);
    if (reason === 'left') from.close(closed);
    else from.breakOff(closed);
    this.#lastWords.push(from);
  }

  // ------------------------------------------------------------------------------------------------- what players see

  isThere(worker: number): boolean {
    return this.workers.has(worker);
  }

  fromWorker(worker: number, message: Message): void {
    this.workers.get(worker)?.from.send([message]);
  }

  fromClient(client: number, messages: readonly Message[]): void {
    this.clients.get(client)?.from.send(messages);
  }

  fetchFrom(worker: number, batch: number, index: number): Block | undefined {
    const block = this.workers.get(worker)?.played.block(batch, index);
    if (!block || this.isCalm || this.random.chance(0.9)) return block;
    this.upheaval.failedFetches++;
    return undefined;
  }

  putTo(worker: number, batch: number, index: number, content: Uint8Array): boolean {
    const there = this.workers.get(worker);
    if (!there || (!this.isCalm && this.random.chance(0.1))) return false;
    there.played.put(batch, index, content);
    return true;
  }

  began(task: string): void {
    this.#began.set(task, (this.#began.get(task) ?? 0) + 1);
  }

  /** Attempts at tasks that began more than once. */
  beganAgain(): string[] {
    return [...this.#began].filter(([, times]) => times > 1).map(([task]) => task);
  }

  // ------------------------------------------------------------------------------------------------- what happens

  /** Something that was to happen happens. False when nothing was: the world is at rest. */
  move(): boolean {
    this.now += this.random.int(3);
    const players = [...this.workers.values(), ...this.clients.values()];
    this.#lastWords = this.#lastWords.filter(({ hasSome }) => hasSome);
    const links = [...this.#lastWords, ...players.flatMap(({ to, from }) => [to, from])].filter(
      ({ hasSome }) => hasSome,
    );
    const busy = players.map(({ played }) => played.moves()).filter(({ length }) => length > 0);
    if (links.length + busy.length === 0) return false;
    const place = this.random.int(links.length + busy.length);
    if (place < links.length) links[place]!.deliver();
    else this.random.pick(busy[place - links.length]!)();
    return true;
  }

  /** The scheduler looks at its clock, and workers say that they are alive. */
  tick(): void {
    for (const { played } of this.workers.values()) played.beat();
    this.#step([{ on: 'ticked' }]);
  }

  changeCredit(client: number, writable: boolean): void {
    this.#step([{ on: 'credit-changed', client, writable }]);
  }

  changeWorkerCredit(worker: number, writable: boolean): void {
    this.#step([{ on: 'worker-credit-changed', worker, writable }]);
  }

  #hearWorker(worker: number, name: string, messages: readonly Message[]): void {
    const events: Event[] = [];
    for (const message of messages) {
      if (message.op !== 'output') events.push(heard(eventOfWorker(worker, message)));
      else this.#passOn(name, message);
    }
    this.#step(events);
  }

  #passOn(worker: string, message: Extract<Message, { op: 'output' }>): void {
    const target = targetOf(this.scheduler, message.batch, message.index);
    const client = target && this.clients.get(target.client);
    if (target) client?.to.send([{ ...message, worker, batch: 0, index: target.task }]);
  }

  #step(events: readonly Event[]): void {
    const commands = step(this.scheduler, events, this.now, WRITER);
    check(this.scheduler);
    for (const command of commands) this.#do(command);
  }

  #do(command: Command): void {
    if (command.do === 'dismiss-worker') throw new Error(`worker ${command.worker} was dismissed`);
    const peer =
      command.do === 'tell-client' ? this.clients.get(command.client) : this.workers.get(command.worker);
    peer?.to.send(command.messages);
  }
}

function heard(event: Event | undefined): Event {
  if (!event) throw new Error('the scheduler does not know what it was told');
  return event;
}
