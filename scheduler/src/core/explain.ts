/** Why a task is not running: a sentence for a person, with what to do where something can be done. */
import { type Batch, nameOf, pieceAt } from './batch.ts';
import { mayRun, offers } from './capacity.ts';
import { eachBatch, findBatch } from './inputs.ts';
import { DEATHS_TO_ISOLATE } from './lifecycle.ts';
import { NONE, Phase } from './pieces.ts';
import { overlapping } from './split.ts';
import type { Client, State } from './state.ts';
import { backlog, isAhead } from './steal.ts';

export function explain(s: State, client: Client, task: number): string {
  const batch = findBatch(client, task);
  const p = batch ? pieceAt(batch, task - batch.firstTask) : NONE;
  if (!batch || p === NONE) return `task ${task} is not known here: it was released, or never submitted`;
  return `${nameOf(batch)} (task ${task}) ${sentence(s, p, batch, task - batch.firstTask)}`;
}

function sentence(s: State, p: number, batch: Batch, index: number): string {
  const worker = s.workers.get(s.pieces.worker[p] as number);
  switch (s.pieces.phase[p]) {
    case Phase.waiting:
      return batch.scattered ? waitingForData(s, p) : waiting(s, batch, index);
    case Phase.ready:
      return ready(s, p, batch);
    case Phase.assigned:
      return isAhead(s, p)
        ? `is on worker ${worker?.name}, behind the inputs that are made there`
        : `is on worker ${worker?.name}, run ${s.pieces.run[p]}: running, or among the next to run there`;
    case Phase.finished:
      return `is finished; its value is on worker ${worker?.name}`;
    case Phase.failed:
      return 'has failed: its future has the error';
    default:
      return 'is not needed by anybody, so it is not run';
  }
}

function waitingForData(s: State, p: number): string {
  const wish = s.promises.get(p);
  if (!wish || wish.to.size > 0) return 'waits for its data, which the client is bringing to a worker';
  return `waits for a worker that may hold it${wish.workers ? ` (only ${wish.workers.join(', ')} may)` : ': there is none'}`;
}

/** Inputs named in the sentence; there may be thousands. */
const NAMED = 3;

function waiting(s: State, batch: Batch, index: number): string {
  const named: string[] = [];
  let count = 0;
  for (const { first, last } of unfinishedInputs(s, batch, index)) {
    for (let task = first; task <= last && named.length < NAMED; task++) named.push(nameOfTask(batch, task));
    count += last - first + 1;
  }
  return `waits for ${count} input${count === 1 ? '' : 's'}: ${named.join(', ')}${count > named.length ? ', ...' : ''}`;
}

function nameOfTask({ owner }: Batch, task: number): string {
  const batch = findBatch(owner, task);
  return `${batch ? nameOf(batch) : 'unknown'} (task ${task})`;
}

/** Ranges of tasks that this one needs and that are not finished, as the client numbers them. */
function unfinishedInputs(s: State, batch: Batch, index: number): { first: number; last: number }[] {
  const found: { first: number; last: number }[] = [];
  for (const { first, count } of namedInputs(batch, index)) {
    eachBatch(batch.owner, first, count, (up, from, to) =>
      overlapping(up, from, to, (p) => {
        if (s.pieces.phase[p] === Phase.finished) return;
        const start = Math.max(from, s.pieces.start[p] as number);
        const end = Math.min(to, (s.pieces.start[p] as number) + (s.pieces.count[p] as number));
        found.push({ first: up.firstTask + start, last: up.firstTask + end - 1 });
      }),
    );
  }
  return found;
}

function namedInputs(batch: Batch, index: number): { first: number; count: number }[] {
  const { depStart, depFirst, depCount, zips, shared } = batch;
  const rows: { first: number; count: number }[] = [];
  for (let row = depStart[index] ?? 0; row < (depStart[index + 1] ?? 0); row++)
    rows.push({ first: depFirst[row] as number, count: depCount[row] as number });
  for (const { up, upFirst, downFirst, count } of zips) {
    if (index >= downFirst && index < downFirst + count)
      rows.push({ first: up.firstTask + upFirst + index - downFirst, count: 1 });
  }
  return [...rows, ...shared];
}

function ready(s: State, p: number, batch: Batch): string {
  const all = [...s.workers.values()];
  if (all.length === 0)
    return 'is ready, but there is no worker: start one (taskloom worker), or wait for it to join';
  const named = all.filter(({ name }) => !batch.lane.workers || batch.lane.workers.has(name));
  if (named.length === 0) {
    return `is ready, but none of the workers it may run on is here (${[...(batch.lane.workers ?? [])].join(', ')}); here are ${all.map(({ name }) => name).join(', ')}`;
  }
  const needs = batch.lane.resources;
  const able = named.filter((worker) => offers(worker, batch.lane));
  if (able.length === 0) {
    return `is ready, but no worker has ${needs.map(([name, amount]) => `${name}: ${amount}`).join(', ')}: start one with it`;
  }
  const deaths = s.pieces.deaths[p] as number;
  if (deaths >= DEATHS_TO_ISOLATE)
    return `was on ${deaths} workers that died, so it is to run alone: it waits for a worker with nothing else to do`;
  if (able.every(({ retirement }) => retirement))
    return `is ready, but the workers that may run it are leaving (${able.map(({ name }) => name).join(', ')}): it waits for another`;
  if (!able.some((worker) => mayRun(worker, batch.lane)))
    return 'is ready and waits for resources that other tasks have now';
  return `is ready and waits for its turn (${able.map((worker) => backlog(s, worker)).join('; ')})`;
}
