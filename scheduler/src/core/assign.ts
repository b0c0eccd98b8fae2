/** ready (or waiting, when it runs ahead) -> assigned: the orders that a worker gets for a piece. */
import { type Batch, blockOf } from './batch.ts';
import { loadMicros } from './capacity.ts';
import { Phase } from './pieces.ts';
import { batchOf, type State, type Worker } from './state.ts';
import { linkAssigned } from './worker-lists.ts';

/** Run 0 is scattered data; after the last one runs begin anew, since stale news of so long ago will not come. */
const LAST_RUN = 0xffff_ffff;

/** `needed`: all its inputs. */
export function assign(s: State, p: number, worker: Worker, needed: readonly number[]): void {
  const { pieces } = s;
  const batch = batchOf(s, p);
  const first = pieces.start[p] as number;
  const count = pieces.count[p] as number;
  pieces.phase[p] = Phase.assigned;
  pieces.run[p] = s.nextRun;
  s.nextRun = s.nextRun === LAST_RUN ? 1 : s.nextRun + 1;
  pieces.micros[p] = loadMicros(s, p) * count;
  linkAssigned(s, worker, p);
  sendCode(batch, worker);
  sendArguments(batch, worker, first, count);
  const { run, inputs } = worker.orders;
  const inputsBefore = inputs.length;
  for (let i = 0; i < needed.length; i++) orderInput(s, needed[i] as number, worker);
  const attempt = (pieces.attempt[p] as number) + (pieces.deaths[p] as number);
  run.add(batch.id, first, count, pieces.run[p] as number, attempt, inputsBefore);
}

function sendCode(batch: Batch, worker: Worker): void {
  if (worker.latest === batch || batch.sentTo.has(worker.number)) return;
  worker.latest = batch;
  batch.sentTo.set(worker.number, new Set());
  const { fn, options, id, codes } = batch;
  for (const code of codes) {
    if (worker.codes.has(code.hash)) continue;
    worker.codes.add(code.hash);
    worker.orders.codes.push(code);
  }
  const { timeoutMs, concurrency } = options;
  worker.orders.batches.push({
    batch: id,
    fn,
    ...(timeoutMs && { timeoutMs }),
    ...(concurrency && { concurrency }),
  });
}

function sendArguments(batch: Batch, worker: Worker, first: number, count: number): void {
  if (batch.blocks.length === 0) return;
  const sent = batch.sentTo.get(worker.number) as Set<number>;
  const last = blockOf(batch, first + count - 1);
  for (let block = blockOf(batch, first); block <= last; block++) {
    if (sent.has(block)) continue;
    sent.add(block);
    const { blocks, blockBytes } = worker.orders;
    const from = batch.blockFirst[block] as number;
    blocks.add(batch.id, from, (batch.blockFirst[block + 1] ?? batch.count) - from);
    blockBytes.push(batch.blocks[block] as Uint8Array);
  }
}

function orderInput(s: State, up: number, worker: Worker): void {
  const batch = batchOf(s, up);
  const index = s.pieces.start[up] as number;
  const holder = s.pieces.worker[up] as number;
  const isHere = holder === worker.number || (s.replicas.size > 0 && s.replicas.get(up)?.has(worker.number));
  const count = s.pieces.count[up] as number;
  worker.orders.inputs.add(batch.firstTask + index, count, batch.id, index, isHere ? 0 : holder);
}
