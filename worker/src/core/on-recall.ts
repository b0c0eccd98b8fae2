/**
 * Tasks that the scheduler wants back or stopped.
 *
 * 1. A task is given back only if no thread has begun it: threads that hold some of them are asked first (withdraw).
 * 2. A task that is given back takes along what ran ahead of it, here, waiting for its result.
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
  for (const thread of awaited) withdraw(turn, thread);
  const recall: Recall = { why: on, rows, awaited };
  if (awaited.size === 0) carryOut(turn, recall);
  else turn.state.recalls.push(recall);
}

/** A thread has said what it began, or is gone. */
export function continueRecalls(turn: Turn, thread: number): void {
  const { state } = turn;
  const due: Recall[] = [];
  state.recalls = state.recalls.filter((recall) => {
    recall.awaited.delete(thread);
    if (recall.awaited.size > 0) return true;
    due.push(recall);
    return false;
  });
  for (const recall of due) carryOut(turn, recall);
}

function holders(turn: Turn, { batch, first, end, run }: Rows, into: Set<number>): void {
  for (const { value } of placesOver(turn.state, batch, first, end)) {
    if (value?.is === 'on-thread' && value.order.piece.run === run) into.add(value.order.thread.number);
  }
}

function carryOut(turn: Turn, { why, rows }: Recall): void {
  let listed = 0;
  for (const row of rows) {
    for (const { first, end, value } of placesOver(turn.state, row.batch, row.first, row.end)) {
      if (value?.is !== 'queued' || value.piece.run !== row.run) continue;
      takeOut(turn, value.piece, first, end, (tasks, missing) => {
        listed++;
        if (why === 'take-back') turn.handedBack(tasks);
        else if (tasks.batch !== row.batch || tasks.first !== first) turn.inputMissing(tasks, missing);
      });
    }
    if (why === 'stop') doomRunning(turn, row);
  }
  if (why === 'take-back' && listed === 0) turn.nothingHandedBack();
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
