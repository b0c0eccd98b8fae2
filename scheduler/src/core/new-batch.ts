/** A submitted batch enters the table: its pieces, and what they need. */
import { type Batch, pieceAt, type Zip } from './batch.ts';
import type { BatchColumns, BatchHead } from './events.ts';
import { eachBatch, findBatch, isMet } from './inputs.ts';
import { enqueue, fail, failWith, revive } from './lifecycle.ts';
import { makeBatch } from './make-batch.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { isolate } from './split.ts';
import { batchOf, type Client, mayTakeMore, type State } from './state.ts';

/** `scattered`: the bytes of each value, where a client will bring values instead of a function. */
export function newBatch(
  s: State,
  client: Client,
  head: BatchHead,
  columns: BatchColumns,
  scattered?: Uint32Array,
): Batch {
  const batch = makeBatch(s, client, head, columns, scattered !== undefined);
  s.batches[batch.slot] = batch;
  s.batchById.set(batch.id, batch);
  client.batches.push(batch);
  client.firstTasks.push(batch.firstTask);
  const own = batch.single ? 1 : batch.count;
  if (!batch.single) batch.starts = [0];
  // Made as long as it will be: a list that grows by a push has room for 17.
  batch.ids = new Array(batch.count / own);
  for (let place = 0; place < batch.ids.length; place++) {
    const p = s.pieces.allocate(batch.slot, place * own, own);
    s.pieces.set(p, Flag.held);
    batch.ids[place] = p;
    if (scattered) s.pieces.bytes[p] = scattered[place] as number;
  }
  batch.known = batch.ids.length;
  const { concurrency = 1 } = batch.lane;
  if (concurrency > s.mostConcurrency) shareThreads(s, concurrency);
  if (batch.scattered) return batch;
  const problem = needShared(s, client, batch) ?? needZips(s, client, batch, columns.zip);
  if (batch.depStart.length > 0) needDeps(s, client, batch);
  for (const p of [...batch.ids]) start(s, p, problem);
  return batch;
}

/** Threads may have room for tasks that share one, which had none for others. */
function shareThreads(s: State, concurrency: number): void {
  s.mostConcurrency = concurrency;
  for (const worker of s.workers.values()) mayTakeMore(s, worker);
}

/** The error of an input that failed, or UNKNOWN where an input is not known. */
type Problem = Uint8Array | typeof UNKNOWN | undefined;
const UNKNOWN = 'unknown';

function start(s: State, p: number, problem: Problem): void {
  if (s.pieces.phase[p] !== Phase.waiting) return;
  if (problem instanceof Uint8Array) fail(s, p, problem);
  else if (problem === UNKNOWN) failUnknown(s, p);
  else if (isMet(s, p)) {
    s.pieces.phase[p] = Phase.ready;
    enqueue(s, p);
  }
}

function failUnknown(s: State, p: number): void {
  failWith(s, p, {
    code: 'unknown-input',
    message: 'an input of this task was released before the task was submitted: keep its future until then',
  });
}

/** Notes that a pending piece needs `up`; gives the phase of `up`. */
function need(s: State, up: number): number {
  const { needers, refs, phase } = s.pieces;
  needers[up]!++;
  refs[up]!++;
  if (phase[up] === Phase.released) revive(s, up);
  return s.pieces.phase[up] as number;
}

function needShared(s: State, client: Client, batch: Batch): Problem {
  let problem: Problem;
  for (const { first, count } of batch.shared) {
    const found = needRange(s, client, first, count, (input) => {
      const phase = need(s, input);
      s.edges.add(s.pieces, input, ~batch.slot);
      if (phase !== Phase.finished) batch.sharedUnmet++;
      return phase === Phase.failed ? s.errors.get(input) : undefined;
    });
    problem ??= found;
  }
  return problem;
}

function needDeps(s: State, client: Client, batch: Batch): void {
  for (let index = 0; index < batch.count; index++) {
    const p = batch.ids[index] as number;
    let problem: Problem;
    const end = batch.depStart[index + 1] as number;
    for (let row = batch.depStart[index] as number; row < end; row++)
      problem = needRow(s, client, batch, row, p) ?? problem;
    if (problem) start(s, p, problem);
  }
}

function needRow(s: State, client: Client, batch: Batch, row: number, p: number): Problem {
  const first = batch.depFirst[row] as number;
  const count = batch.depCount[row] as number;
  if (count !== 1) return needRange(s, client, first, count, (input) => needInput(s, input, p));
  const up = findBatch(client, first);
  if (!up) return UNKNOWN;
  const index = first - up.firstTask;
  if (!up.single) isolate(s, up, index, index + 1, () => {});
  const input = pieceAt(up, index);
  if (input === NONE) return UNKNOWN;
  batch.depPiece[row] = input;
  return needInput(s, input, p);
}

function needInput(s: State, input: number, p: number): Problem {
  const phase = need(s, input);
  s.edges.add(s.pieces, input, p);
  if (phase === Phase.finished) return undefined;
  s.pieces.unmet[p]!++;
  return phase === Phase.failed ? s.errors.get(input) : undefined;
}

/** Visits the pieces of tasks [first, first + count); UNKNOWN if one of the tasks is. */
function needRange(
  s: State,
  client: Client,
  first: number,
  count: number,
  visit: (input: number) => Problem,
): Problem {
  let problem: Problem;
  let known = 0;
  eachBatch(client, first, count, (up, from, to) =>
    isolate(s, up, from, to, (input) => {
      known += s.pieces.count[input] as number;
      problem = visit(input) ?? problem;
    }),
  );
  return known < count ? (problem ?? UNKNOWN) : problem;
}

/** Mapping over tasks that are known: where those are not finished, ours wait; where they have failed, ours fail. */
function needZips(s: State, client: Client, batch: Batch, firsts: Uint32Array): Problem {
  let problem: Problem;
  for (const first of firsts) {
    const known = eachBatch(client, first, batch.count, (up, from, to) => {
      const zip: Zip = {
        up,
        down: batch,
        upFirst: from,
        downFirst: up.firstTask + from - first,
        count: to - from,
      };
      batch.zips = [...batch.zips, zip];
      up.zippedBy = [...up.zippedBy, zip];
      for (const run of runsOf(s, zip)) waitFor(s, zip, run);
    });
    if (known < batch.count) problem ??= UNKNOWN;
  }
  return problem;
}

interface FateRun {
  from: number;
  to: number;
  phase: number;
  /** Some piece in the run. */
  piece: number;
}

/** Ranges of the upper tasks that are alike (finished, pending, failed), so that we are split no more than that. */
function runsOf(s: State, { up, upFirst, count }: Zip): FateRun[] {
  const runs: FateRun[] = [];
  isolate(s, up, upFirst, upFirst + count, (p) => {
    if (s.pieces.phase[p] === Phase.released) revive(s, p);
    const start = s.pieces.start[p] as number;
    const phase = s.pieces.isPending(p) ? Phase.waiting : (s.pieces.phase[p] as number);
    const last = runs.at(-1);
    const end = start + (s.pieces.count[p] as number);
    if (last && last.to === start && last.phase === phase && phase !== Phase.failed) last.to = end;
    else runs.push({ from: start, to: end, phase, piece: p });
  });
  return runs;
}

function waitFor(s: State, { down, upFirst, downFirst }: Zip, { from, to, phase, piece }: FateRun): void {
  if (phase === Phase.finished) return;
  const shift = downFirst - upFirst;
  const error = s.errors.get(piece);
  isolate(s, down, from + shift, to + shift, (p) => {
    if (error) fail(s, p, error);
    else if (batchOf(s, p) && s.pieces.isPending(p)) s.pieces.unmet[p]!++;
  });
}
