/** One turn: what has happened together is handled together and answered together. */
import type { CallOrder, Message, WorkerInfo } from '@taskloom/protocol';
import { codeCame, codeLetGo } from './codes.ts';
import { deliverDeferred } from './deliver.ts';
import { drain, retire } from './drain.ts';
import type { Event, EventOf } from './events.ts';
import { forgetUnneeded } from './forget.ts';
import { shorten } from './list.ts';
import { makeWay } from './make-way.ts';
import * as onClient from './on-client.ts';
import { finished } from './on-finished.ts';
import * as onWorker from './on-worker.ts';
import { stillRunning } from './overdue.ts';
import { place } from './place.ts';
import { type Client, presentClients, type State, type Worker } from './state.ts';
import { steal } from './steal.ts';

export type Command =
  | { readonly do: 'tell-client'; readonly client: number; readonly messages: readonly Message[] }
  | { readonly do: 'order-worker'; readonly worker: number; readonly messages: readonly Message[] }
  /** It is taken for dead: cut its connection. */
  | { readonly do: 'dismiss-worker'; readonly worker: number; readonly reason: string };

/** How the shell writes the parts of messages that are msgpack or text. Pure. */
export interface Writer {
  orders(orders: readonly CallOrder[]): Uint8Array;
  hash(hash: string): Uint8Array;
}

type Handlers = { readonly [On in Event['on']]: (s: State, event: EventOf<On>, out: Command[]) => void };

const client =
  <E extends { client: number }>(handle: (s: State, client: Client, event: E) => void) =>
  (s: State, event: E) => {
    const known = s.clients.get(event.client);
    if (known) handle(s, known, event);
  };
const worker =
  <E extends { worker: number }>(handle: (s: State, worker: Worker, event: E) => void) =>
  (s: State, event: E) => {
    const known = s.workers.get(event.worker);
    if (!known) return;
    known.lastSeen = s.now;
    handle(s, known, event);
  };

const handlers: Handlers = {
  'client-joined': (s, event) => onClient.clientJoined(s, event.client),
  'client-left': (s, event) => {
    onClient.clientLeft(s, event.client);
    forgetUnneeded(s);
    onClient.clientForgotten(s, event.client);
  },
  'client-cut-off': client((_, c) => {
    c.away = true;
  }),
  'client-came-back': client((_, c) => {
    c.away = false;
  }),
  'credit-changed': client((_, c, event) => {
    c.writable = event.writable;
  }),
  submitted: client((s, c, event) => onClient.submitted(s, c, event.head, event.message)),
  scattered: client((s, c, event) => onClient.scattered(s, c, event.head, event.message)),
  wanted: client((s, c, event) => onClient.wanted(s, c, event.message)),
  released: client((s, c, event) => onClient.released(s, c, event.message)),
  cancelled: client((s, c, event) => onClient.cancelled(s, c, event.message)),
  'code-came': client((s, c, event) => codeCame(s, c, event.hash, event.bytes)),
  'code-let-go': client((s, c, event) => codeLetGo(s, c, event.hash)),
  'worker-joined': (s, { worker: number, name, group = '', address, threads, concurrency = 1, resources }) =>
    onWorker.workerJoined(s, { number, name, group, address, threads, concurrency, resources }),
  'worker-retiring': worker((s, w) => retire(s, w)),
  'worker-credit-changed': (s, { worker: number, writable }) => onWorker.creditChanged(s, number, writable),
  'worker-lost': (s, event) => onWorker.workerLost(s, event.worker, event.reason),
  'heartbeat-came': worker((s, w, event) => stillRunning(s, w, event.running)),
  finished: worker((s, w, event) => finished(s, w, event.message)),
  erred: worker((s, w, event) => onWorker.erred(s, w, event.message)),
  'handed-back': worker((s, w, event) => onWorker.handedBack(s, w, event.message)),
  'input-missing': worker((s, w, event) => onWorker.inputMissing(s, w, event.message)),
  'data-came': worker((s, w, event) => onWorker.data(s, w, event.message)),
  ticked: (s, _event, out) => {
    forgiveOwnSilence(s);
    dismissSilent(s, out);
    for (const each of s.workers.values()) onWorker.mayBeAskedAgain(each);
  },
};

const NOBODY: readonly Worker[] = [];

/** `now`: milliseconds of any clock that does not go back. */
export function step(s: State, events: readonly Event[], now: number, writer: Writer): Command[] {
  s.now = now;
  const out: Command[] = [];
  for (const event of events)
    (handlers[event.on] as (s: State, event: Event, out: Command[]) => void)(s, event, out);
  forgetUnneeded(s);
  const firstRun = s.nextRun;
  makeWay(s, place(s), firstRun);
  steal(s, firstRun);
  deliverDeferred(s);
  noteIdle(s);
  const drained = s.retiring.size > 0 ? drain(s) : NOBODY;
  if (s.workersChanged) announceWorkers(s, out);
  const tidy = events.some(({ on }) => on === 'ticked');
  orderWorkers(s, writer, tidy, out);
  for (const { number } of drained)
    out.push({ do: 'order-worker', worker: number, messages: [{ op: 'leave', reason: 'it was retired' }] });
  for (const { number, news, writable } of s.clients.values()) {
    const messages = news.take(writable);
    if (messages.length > 0) out.push({ do: 'tell-client', client: number, messages });
  }
  return out;
}

function noteIdle(s: State): void {
  if (presentClients(s) > 0 || hasWork(s)) s.idleSince = undefined;
  else s.idleSince ??= s.now;
}

/** Without clients hardly a batch is left. */
function hasWork(s: State): boolean {
  for (const { unfinished } of s.batchById.values()) if (unfinished > 0) return true;
  return false;
}

/** A scheduler that was held up itself has heard nobody: then it is not the workers who were silent. */
function forgiveOwnSilence(s: State): void {
  const { workerTtlMs } = s.config;
  if (s.now - s.tickedAt > workerTtlMs / 2) for (const worker of s.workers.values()) worker.lastSeen = s.now;
  s.tickedAt = s.now;
}

function dismissSilent(s: State, out: Command[]): void {
  for (const { number, lastSeen, name } of [...s.workers.values()]) {
    if (s.now - lastSeen <= s.config.workerTtlMs) continue;
    const reason = `silent for ${Math.round(s.now - lastSeen)} ms`;
    out.push({ do: 'dismiss-worker', worker: number, reason: `worker ${name} was ${reason}` });
    onWorker.workerLost(s, number, reason);
  }
}

function workerInfos(s: State): WorkerInfo[] {
  return [...s.workers.values()].map(({ number, name, group, address, threads, resources, retirement }) => ({
    worker: number,
    name,
    address,
    threads,
    resources: { ...resources },
    ...(group && { group }),
    ...(retirement && { retiring: true }),
  }));
}

/** Clients hear of it before other news, which names workers by number. */
function announceWorkers(s: State, out: Command[]): void {
  s.workersChanged = false;
  s.workersVersion++;
  const messages: Message[] = [{ op: 'workers', workers: workerInfos(s) }];
  for (const { number } of s.clients.values()) out.push({ do: 'tell-client', client: number, messages });
}

/** Those with orders of this step; when there is time to tidy up, all. */
function orderWorkers(s: State, writer: Writer, tidy: boolean, out: Command[]): void {
  const workers = tidy ? [...s.workers.values()] : s.ordered.sort((a, b) => a.number - b.number);
  for (const worker of workers) {
    const isToFetch = worker.orders.namesPeers && worker.knownVersion !== s.workersVersion;
    worker.orders.namesPeers = false;
    worker.isOrdered = false;
    const messages = worker.orders.take(writer.orders, writer.hash, tidy);
    if (messages.length === 0) continue;
    const all = isToFetch ? [toldOfOthers(s, worker), ...messages] : messages;
    out.push({ do: 'order-worker', worker: worker.number, messages: all });
  }
  shorten(s.ordered, 0);
}

/** Workers hear who else there is before they are to fetch from each other, and not each time that one of a thousand joins. */
function toldOfOthers(s: State, worker: Worker): Message {
  worker.knownVersion = s.workersVersion;
  return { op: 'workers', workers: workerInfos(s) };
}
