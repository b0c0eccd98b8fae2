/**
 * The shell around the core: connections in, commands out. It decides nothing. What one connection brings in one turn is one step.
 */
import {
  type CallOrder,
  type Control,
  type Message,
  ProtocolError,
  packMap,
  VERSION,
} from '@taskloom/protocol';
import { type Connection, type Guard, greet } from '@taskloom/protocol/connection';
import {
  type Census,
  type Command,
  census,
  cheapest,
  counters,
  type Event,
  emptyState,
  explain,
  type State,
  stateOf,
  step,
  targetOf,
  type WorkerState,
} from './core/index.ts';
import { ClientDoor, eventOfWorker, outOfPlace } from './door.ts';
import { encodeFault } from './fault.ts';
import { Images } from './images.ts';
import { OutputTo } from './output.ts';
import { Peers } from './peers.ts';
import { Retirements } from './retirements.ts';

/** How often silence is looked for, and what can wait is tidied, in milliseconds. */
const TICK_MS = 1_000;

/** Most messages bring one order, and the same as before. */
const packed = new WeakMap<CallOrder, Uint8Array>();

function packOrders(orders: readonly CallOrder[]): Uint8Array {
  const [only] = orders;
  if (!only || orders.length > 1) return packMap(orders);
  let bytes = packed.get(only);
  if (!bytes) {
    bytes = packMap(orders);
    packed.set(only, bytes);
  }
  return bytes;
}

const writer = {
  orders: packOrders,
  hash: (hash: string) => Buffer.from(hash, 'latin1'),
};

export interface Settings {
  readonly guard: Guard;
  readonly dataToken: string;
  /** Small results kept in case that they are wanted, in bytes. */
  readonly cacheBytes: number;
  readonly workerTtlMs: number;
}

export class Scheduler {
  readonly #state: State;
  readonly #settings: Settings;
  readonly #peers = new Peers();
  readonly #outputs = new Map<number, OutputTo>();
  readonly #images = new Images();
  readonly #retirements: Retirements;
  readonly #ticker: NodeJS.Timeout;
  /** Peers found without credit since the last step. */
  #starved: Event[] = [];
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#state = emptyState({
      encodeFault,
      cacheBytes: settings.cacheBytes,
      workerTtlMs: settings.workerTtlMs,
    });
    this.#retirements = new Retirements(this.#state);
    this.#ticker = setInterval(() => this.#step([{ on: 'ticked' }]), TICK_MS);
    this.#ticker.unref();
  }

  /** A connection that has not said who it is. */
  accept(connection: Connection): void {
    greet(connection, this.#settings.guard).then(
      ({ hello, protocol }) => this.#admit(connection, hello, protocol),
      () => {}, // It was told why, and is closed.
    );
  }

  /** `idleMs`: how long there has been no client and no unfinished work; null while there is either. */
  census(): Census & { readonly idleMs: number | null } {
    const counted = census(this.#state);
    const { idleSince } = counted;
    return { ...counted, idleMs: idleSince === undefined ? null : performance.now() - idleSince };
  }

  /** These workers are to be drained and leave; again is the same. Gives how far each is, `gone` for who is not there. */
  retire(names: readonly string[]): { name: string; state: WorkerState | 'gone' }[] {
    const known = (name: string) => this.#state.workerByName.get(name);
    this.#step(
      names.flatMap((name): Event[] => {
        const worker = known(name);
        return worker ? [{ on: 'worker-retiring', worker: worker.number }] : [];
      }),
    );
    return names.map((name) => {
      const worker = known(name);
      return { name, state: worker ? stateOf(worker) : 'gone' };
    });
  }

  /** Of these workers so many as cost least to lose, the cheapest first. */
  cheapest(among: readonly string[], count: number): string[] {
    return cheapest(this.#state, among, count);
  }

  /** Base URL of the data door of a worker that is there. */
  doorOf(worker: number): string | undefined {
    return this.#state.workers.get(worker)?.address;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#ticker);
    for (const connection of this.#peers.workers.values())
      connection.close('closed', 'the scheduler was closed');
    for (const connection of this.#peers.clients.values())
      connection.close('closed', 'the scheduler was closed');
  }

  #admit(connection: Connection, hello: Control<'hello'>, protocol: number): void {
    if (this.#closed) return connection.close('closed', 'the scheduler was closed');
    const welcome = (number: number) =>
      connection.send({
        op: 'welcome',
        protocol,
        version: VERSION,
        number,
        dataToken: this.#settings.dataToken,
      });
    if (hello.role === 'client') this.#admitClient(connection, welcome);
    else if (hello.worker) this.#admitWorker(connection, hello.worker, welcome);
  }

  #admitClient(connection: Connection, welcome: (number: number) => void): void {
    const client = this.#peers.addClient(connection);
    const door = new ClientDoor(client);
    const output = new OutputTo(connection);
    this.#outputs.set(client, output);
    welcome(client);
    const take = this.#fromClient(client, door, connection);
    connection.open({
      messages: (batch) => this.#heard(connection, batch, take),
      writable: () => {
        output.resume();
        this.#step([{ on: 'credit-changed', client, writable: true }]);
      },
      attached: (on) => this.#step([{ on: on ? 'client-came-back' : 'client-cut-off', client }]),
      closed: () => {
        this.#peers.clients.delete(client);
        this.#outputs.delete(client);
        this.#step([{ on: 'client-left', client }]);
      },
    });
    this.#step([{ on: 'client-joined', client }]);
  }

  #admitWorker(
    connection: Connection,
    { image, ...about }: NonNullable<Control<'hello'>['worker']>,
    welcome: (number: number) => void,
  ): void {
    this.#dismissFormer(about);
    const worker = this.#peers.addWorker(connection);
    const name = freeName(about.name, this.#state.workerByName);
    this.#images.joined(worker, about.group, image);
    welcome(worker);
    const take = this.#fromWorker(worker, name);
    connection.open({
      messages: (batch) => this.#heard(connection, batch, take),
      writable: () => this.#step([{ on: 'worker-credit-changed', worker, writable: true }]),
      closed: (reason) => {
        this.#peers.workers.delete(worker);
        this.#images.left(worker);
        this.#step([{ on: 'worker-lost', worker, reason: reason.message }]);
      },
    });
    this.#step([{ on: 'worker-joined', worker, ...about, name }]);
  }

  /** A worker that dials again is there before its lost connection is noticed. */
  #dismissFormer({ name, address }: NonNullable<Control<'hello'>['worker']>): void {
    const former = this.#state.workerByName.get(name);
    if (former?.address !== address || address === '') return;
    const reason = `worker ${name} came anew`;
    const connection = this.#peers.workers.get(former.number);
    this.#peers.workers.delete(former.number);
    this.#images.left(former.number);
    this.#step([{ on: 'worker-lost', worker: former.number, reason }]);
    connection?.close('closed', reason);
  }

  /** All that arrived together becomes one step; a message that does not add up closes the connection behind what came before it. */
  #heard(
    connection: Connection,
    batch: readonly Message[],
    take: (message: Message, events: Event[]) => void,
  ): void {
    const events: Event[] = [];
    try {
      for (const message of batch) take(message, events);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      connection.close(error.code, error.message);
    }
    if (events.length > 0) this.#step(events);
  }

  #fromClient(
    client: number,
    door: ClientDoor,
    connection: Connection,
  ): (message: Message, events: Event[]) => void {
    return (message, events) => {
      const event = door.eventOf(message);
      if (event) return void events.push(event);
      if (message.op !== 'ask') throw outOfPlace(message, 'client');
      // The answer knows of all that was said before the question.
      this.#step(events.splice(0));
      if (message.about === 'retire') this.#retireFor(connection, message);
      else connection.send({ op: 'answer', id: message.id, answer: this.#answer(client, message) });
    };
  }

  #retireFor(connection: Connection, { id, workers = [] }: Control<'ask'>): void {
    const numbers = workers.flatMap((name) => this.#state.workerByName.get(name)?.number ?? []);
    this.retire(workers);
    this.#retirements.wait(numbers, () => connection.send({ op: 'answer', id, answer: numbers.length }));
  }

  #answer(client: number, { about, task, packages = [] }: Control<'ask'>): unknown {
    if (about === 'counters') return counters(this.#state);
    if (about === 'packages') return this.#images.answer(packages);
    const known = this.#state.clients.get(client);
    return known && task !== undefined ? explain(this.#state, known, task) : 'name the task to explain';
  }

  #fromWorker(worker: number, name: string): (message: Message, events: Event[]) => void {
    return (message, events) => {
      const event = eventOfWorker(worker, message);
      if (event) return void events.push(event);
      if (message.op !== 'output') throw outOfPlace(message, 'worker');
      const target = targetOf(this.#state, message.batch, message.index);
      if (!target) return;
      this.#outputs.get(target.client)?.pass({ ...message, worker: name, batch: 0, index: target.task });
    };
  }

  #step(events: readonly Event[]): void {
    if (this.#closed) return;
    const all = this.#starved.length > 0 ? [...this.#starved.splice(0), ...events] : events;
    for (const command of step(this.#state, all, performance.now(), writer)) this.#run(command);
    this.#retirements.look();
  }

  #run(command: Command): void {
    if (command.do === 'order-worker') this.#orderWorker(command.worker, command.messages);
    else if (command.do === 'dismiss-worker')
      this.#peers.workers.get(command.worker)?.close('closed', command.reason);
    else this.#tellClient(command.client, command.messages);
  }

  #orderWorker(worker: number, messages: readonly Message[]): void {
    const connection = this.#peers.workers.get(worker);
    this.#send(connection, messages);
    if (connection && !connection.writable)
      this.#starved.push({ on: 'worker-credit-changed', worker, writable: false });
  }

  #tellClient(client: number, messages: readonly Message[]): void {
    const connection = this.#peers.clients.get(client);
    this.#send(connection, messages);
    if (connection && !connection.writable)
      this.#starved.push({ on: 'credit-changed', client, writable: false });
  }

  #send(connection: Connection | undefined, messages: readonly Message[]): void {
    try {
      for (const message of messages) connection?.send(message);
    } catch (error) {
      // Who cannot be told goes, and nobody else.
      if (!(error instanceof ProtocolError)) throw error;
      connection?.close(error.code, error.message);
    }
  }
}

/** Workers are told apart by their names. */
function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  return name;
}
