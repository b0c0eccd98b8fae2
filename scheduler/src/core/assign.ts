/** ready (or waiting, when it runs ahead) -> assigned: the orders that a worker gets for a piece. */
import { type Batch, blockOf } from './batch.ts';
import { loadMicros } from './capacity.ts';
import type { NumberList } from './list.ts';
import { Phase } from './pieces.ts';
import { batchOf, ordersFor, type State, type Worker } from './state.ts';
import { linkAssigned } from './worker-lists.ts';

/** Run 0 is scattered data; after the last one runs begin anew, since stale news of so long ago will not come. */
const LAST_RUN = 0xffff_ffff;

/** To name an input, and to find it, takes about so long; few are nothing beside the task itself. */
const INPUT_MICROS = 1;
const FEW_INPUTS = 8;

/** `needed`: all its inputs. */
export function assign(s: State, p: number, worker: Worker, needed: NumberList): void {
  const { pieces } = s;
  const batch = batchOf(s, p);
  const first = pieces.start[p] as number;
  const count = pieces.count[p] as number;
  pieces.phase[p] = Phase.assigned;
  pieces.run[p] = s.nextRun;
  s.nextRun = s.nextRun === LAST_RUN ? 1 : s.nextRun + 1;
  pieces.micros[p] =
    loadMicros(s, p, worker) * count + Math.max(0, needed.length - FEW_INPUTS) * INPUT_MICROS;
  linkAssigned(s, worker, p);
  sendBatch(batch, worker, first, count);
  const { run, inputs } = ordersFor(s, worker);
  const inputsBefore = inputs.length;
  for (let i = 0; i < needed.length; i++) orderInput(s, needed.at(i), worker);
  const attempt = (pieces.attempt[p] as number) + (pieces.deaths[p] as number);
  run.add(batch.id, first, count, pieces.run[p] as number, attempt, inputsBefore);
}

/** The batch, where the worker does not know it yet, and the arguments of these tasks. */
function sendBatch(batch: Batch, worker: Worker, first: number, count: number): void {
  if (worker.latest !== batch) {
    worker.latest = batch;
    batch.sentTo ??= new Map();
    if (!batch.sentTo.has(worker.number)) learn(batch, worker, batch.sentTo);
  }
  if (batch.blocks.length > 1) sendArguments(batch, worker, first, count);
}

/** Shared by batches of which each worker gets all arguments at once. */
const ALL: Set<number> = new Set();

function learn(batch: Batch, worker: Worker, sentTo: Map<number, Set<number>>): void {
  const { codes, order } = batch.call;
  for (const code of codes) {
    if (worker.codes.has(code.hash)) continue;
    worker.codes.add(code.hash);
    worker.orders.addCode(code);
  }
  worker.orders.learn(batch.id, order);
  sentTo.set(worker.number, batch.blocks.length > 1 ? new Set() : ALL);
  if (batch.blocks.length === 1) sendBlock(batch, worker, 0);
}

function sendArguments(batch: Batch, worker: Worker, first: number, count: number): void {
  const sent = batch.sentTo?.get(worker.number) as Set<number>;
  const last = blockOf(batch, first + count - 1);
  for (let block = blockOf(batch, first); block <= last; block++) {
    if (sent.has(block)) continue;
    sent.add(block);
    sendBlock(batch, worker, block);
  }
}

function sendBlock(batch: Batch, worker: Worker, block: number): void {
  const from = batch.blockFirst[block] as number;
  worker.orders.blocks.add(batch.id, from, (batch.blockFirst[block + 1] ?? batch.count) - from);
  worker.orders.addBlock(batch.blocks[block] as Uint8Array);
}

function orderInput(s: State, up: number, worker: Worker): void {
  const batch = batchOf(s, up);
  const index = s.pieces.start[up] as number;
  const holder = s.pieces.worker[up] as number;
  const isHere = holder === worker.number || (s.replicas.size > 0 && s.replicas.get(up)?.has(worker.number));
  const count = s.pieces.count[up] as number;
  if (!isHere) worker.orders.namesPeers = true;
  worker.orders.inputs.add(batch.firstTask + index, count, batch.id, index, isHere ? 0 : holder);
}
