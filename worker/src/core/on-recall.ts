/**
 * Tasks that the scheduler wants back or stopped.
 *
 * 1. A task is given back only if no thread has begun it: threads that hold some of them are asked first (withdraw).
 * 2. A task that is given back takes along what ran ahead of it, here, waiting for its result.
 * 3. What is recalled is taken out as soon as it is queued, since it would be given to a thread again.
 */
import type { EventOf } from './events.ts';
import { enqueue, surrender } from './inputs.ts';
import { placesOver } from './results.ts';
import type { Piece, Recall, Rows } from './state.ts';
import { doom, withdraw } from './threads.ts';
import type { Turn } from './turn.ts';

export function onRecall(turn: Turn, { on, message }: EventOf<'take-back'> | EventOf<'stop'>): void {
  const rows: Rows[] = [];
  const awaited = new Set<number>();
  for (let row = 0; row < message.batch.length; row++) {
    const first = message.first[row]!;
    const end = first + message.count[row]!;
    rows.push({ batch: message.batch[row]!, first, end, run: message.run[row]! });
    holders(turn, rows[row] as Rows, awaited);
  }
  const recall: Recall = { why: on, rows, awaited, listed: 0 };
  turn.state.recalls.push(recall);
  for (const thread of awaited) withdraw(turn, thread);
  continueRecalls(turn);
}

/** Something was queued anew, since a thread has said what it began, or is gone. */
export function continueRecalls(turn: Turn, answered?: number): void {
  const { state } = turn;
  if (state.recalls.length === 0) return;
  const recalls = state.recalls;
  state.recalls = [];
  for (const recall of recalls) {
    if (answered !== undefined) recall.awaited.delete(answered);
    takeOutQueued(turn, recall);
    if (recall.awaited.size > 0) state.recalls.push(recall);
    else conclude(turn, recall);
  }
}

function holders(turn: Turn, { batch, first, end, run }: Rows, into: Set<number>): void {
  for (const { value } of placesOver(turn.state, batch, first, end)) {
    if (value?.is === 'on-thread' && value.order.piece.run === run) into.add(value.order.thread.number);
  }
}

/** Takes out what is queued of these. */
function takeOutQueued(turn: Turn, recall: Recall): void {
  for (const row of recall.rows) {
    for (const { first, end, value } of placesOver(turn.state, row.batch, row.first, row.end)) {
      if (value?.is !== 'queued' || value.piece.run !== row.run) continue;
      takeOut(turn, value.piece, first, end, (tasks, missing) => {
        recall.listed++;
        if (recall.why === 'take-back') turn.handedBack(tasks);
        else if (tasks.batch !== row.batch || tasks.first !== first) turn.inputMissing(tasks, missing);
      });
    }
  }
}

/** No thread has any of these that it has not begun. */
function conclude(turn: Turn, { why, rows, listed }: Recall): void {
  if (why === 'stop') for (const row of rows) doomRunning(turn, row);
  else if (listed === 0) turn.nothingHandedBack();
}

/** Takes [first, end) out of a piece; what is left of it queues again in its place. */
function takeOut(
  turn: Turn,
  piece: Piece,
  first: number,
  end: number,
  tell: Parameters<typeof surrender>[3],
): void {
  const before = { first: piece.first, end: first };
  const after = { first: end, end: piece.end };
  piece.first = first;
  piece.end = end;
  surrender(turn, piece, { batch: piece.batch.order.batch, index: first, holder: 0 }, tell);
  for (const rest of [before, after]) if (rest.first < rest.end) enqueue(turn, piece, rest.first, rest.end);
}

/** What runs of these ends with its thread. */
function doomRunning(turn: Turn, row: Rows): void {
  for (const { value } of placesOver(turn.state, row.batch, row.first, row.end)) {
    if (value?.is !== 'on-thread' || value.order.piece.run !== row.run) continue;
    const { thread } = value.order;
    for (const { order, index } of thread.running) {
      const doomed = order === value.order.id && index >= row.first && index < row.end;
      if (doomed) doom(turn, thread, { order: value.order, index, why: 'stopped' });
    }
  }
}
