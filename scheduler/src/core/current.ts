/** Which pieces a worker speaks of. News about a run that is not the current one is dropped here. */
import { type Batch, pieceAt } from './batch.ts';
import { NumberList } from './list.ts';
import { NONE, Phase } from './pieces.ts';
import { isolate } from './split.ts';
import type { State, Worker } from './state.ts';

type Ranged = Readonly<Record<'batch' | 'first' | 'count', Uint32Array>>;
type Run = Ranged & { readonly run: Uint32Array };

/** The batch of the row, if it names tasks that there are. */
export function batchOfRow(s: State, message: Ranged, i: number): Batch | undefined {
  const batch = s.batchById.get(message.batch[i] as number);
  const first = message.first[i] as number;
  const count = message.count[i] as number;
  return batch && count > 0 && first + count <= batch.count ? batch : undefined;
}

/** Appends to `into` the pieces of the row that this worker runs as it says; tells whether any task was not, or is forgotten. */
export function collectCurrent(
  s: State,
  worker: Worker,
  batch: Batch,
  message: Run,
  i: number,
  into: NumberList,
): boolean {
  const first = message.first[i] as number;
  const count = message.count[i] as number;
  const run = message.run[i] as number;
  const p = pieceAt(batch, first);
  if (p !== NONE && s.pieces.start[p] === first && s.pieces.count[p] === count) {
    if (!isCurrent(s, p, worker, run)) return true;
    into.push(p);
    return false;
  }
  let current = 0;
  isolate(s, batch, first, first + count, (piece) => {
    if (!isCurrent(s, piece, worker, run)) return;
    into.push(piece);
    current += s.pieces.count[piece] as number;
  });
  return current < count;
}

function isCurrent(s: State, p: number, worker: Worker, run: number): boolean {
  const { pieces } = s;
  return pieces.phase[p] === Phase.assigned && pieces.run[p] === run && pieces.worker[p] === worker.number;
}

/** Visits the pieces of the row that this worker runs as it says. */
export function eachCurrent(
  s: State,
  worker: Worker,
  batch: Batch,
  message: Run,
  i: number,
  visit: (p: number) => void,
): void {
  const ours = new NumberList();
  collectCurrent(s, worker, batch, message, i, ours);
  // What is done to one may end others.
  for (let k = 0; k < ours.length; k++)
    if (isCurrent(s, ours.at(k), worker, message.run[i] as number)) visit(ours.at(k));
}
