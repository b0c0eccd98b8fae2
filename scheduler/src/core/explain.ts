/** Why a task is not running: a sentence for a person, with what to do where something can be done. */
import { type Batch, nameOf, pieceAt } from './batch.ts';
import { mayRun } from './capacity.ts';
import { eachOwnInput, eachShared, findBatch } from './inputs.ts';
import { NONE, Phase } from './pieces.ts';
import { batchOf, type Client, type State } from './state.ts';
import { backlog, isAhead } from './steal.ts';

export function explain(s: State, client: Client, task: number): string {
  const batch = findBatch(client, task);
  const p = batch ? pieceAt(batch, task - batch.firstTask) : NONE;
  if (!batch || p === NONE) return `task ${task} is not known here: it was released, or never submitted`;
  return `${nameOf(batch)} (task ${task}) ${sentence(s, p, batch)}`;
}

function sentence(s: State, p: number, batch: Batch): string {
  const worker = s.workers.get(s.pieces.worker[p] as number);
  switch (s.pieces.phase[p]) {
    case Phase.waiting:
      return batch.scattered ? waitingForData(s, p) : waiting(s, p);
    case Phase.ready:
      return ready(s, batch);
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

function waiting(s: State, p: number): string {
  const lacking: string[] = [];
  let count = 0;
  const look = (up: number) => {
    if (s.pieces.phase[up] === Phase.finished) return;
    count++;
    if (lacking.length < 3)
      lacking.push(`${nameOf(batchOf(s, up))} (task ${batchOf(s, up).firstTask + s.pieces.start[up]!})`);
  };
  eachOwnInput(s, p, look);
  eachShared(s, batchOf(s, p), look);
  return `waits for ${count} input${count === 1 ? '' : 's'}: ${lacking.join(', ')}${count > lacking.length ? ', ...' : ''}`;
}

function ready(s: State, batch: Batch): string {
  const all = [...s.workers.values()];
  if (all.length === 0)
    return 'is ready, but there is no worker: start one (taskloom worker), or wait for it to join';
  const named = all.filter(({ name }) => !batch.lane.workers || batch.lane.workers.has(name));
  if (named.length === 0) {
    return `is ready, but none of the workers it may run on is here (${[...(batch.lane.workers ?? [])].join(', ')}); here are ${all.map(({ name }) => name).join(', ')}`;
  }
  const lacking = batch.lane.resources.filter(
    ([name, amount]) => !named.some(({ resources }) => (resources[name] ?? 0) >= amount),
  );
  if (lacking.length > 0) {
    return `is ready, but no worker has ${lacking.map(([name, amount]) => `${name}: ${amount}`).join(', ')}: start one with it`;
  }
  if (!named.some((worker) => mayRun(worker, batch.lane)))
    return 'is ready and waits for resources that other tasks have now';
  return `is ready and waits for its turn (${named.map((worker) => backlog(s, worker)).join('; ')})`;
}
