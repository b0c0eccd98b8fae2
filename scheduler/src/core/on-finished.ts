/** Results: what workers have computed, and data that clients brought to them. */
import type { Finished, MessageOf } from '@taskloom/protocol';
import { type Batch, nameOf } from './batch.ts';
import { own } from './bytes.ts';
import { batchOfRow, collectCurrent } from './current.ts';
import { deliver, keep, sendBlock } from './deliver.ts';
import { copied } from './drain.ts';
import { finish } from './lifecycle.ts';
import { NumberList } from './list.ts';
import { mayBeAskedAgain } from './on-worker.ts';
import { Flag, Phase } from './pieces.ts';
import { measured } from './profiles.ts';
import { addCopy } from './replicas.ts';
import { keepPromise } from './scatter.ts';
import { isolate, overlapping } from './split.ts';
import { type CachedBlock, countTasks, ordersFor, type State, type Worker } from './state.ts';

type Message = MessageOf<typeof Finished>;

export function finished(s: State, worker: Worker, message: Message): void {
  mayBeAskedAgain(worker);
  for (let i = 0; i < message.batch.length; i++) {
    const batch = batchOfRow(s, message, i);
    if (!batch) dropRow(s, worker, message, i);
    else if (message.run[i] !== 0) computed(s, worker, batch, message, i);
    else if (batch.scattered) brought(s, worker, batch, message, i);
    else copied(s, worker, batch, message.first[i] as number, message.count[i] as number);
  }
}

/** Filled and emptied within one call. */
const ours = new NumberList();

function computed(s: State, worker: Worker, batch: Batch, message: Message, i: number): void {
  const count = message.count[i] as number;
  const bytes = message.bytes[i] as number;
  measured(batch.call.profile, message.micros[i] as number, count);
  const stale = collectCurrent(s, worker, batch, message, i, ours);
  let tasks = 0;
  for (let k = 0; k < ours.length; k++) {
    const p = ours.at(k);
    const part = s.pieces.count[p] as number;
    tasks += part;
    finish(s, p, worker, part === count ? bytes : Math.ceil((bytes * part) / count));
  }
  countTasks(worker, nameOf(batch), tasks);
  if (message.inline[i] === 1) {
    const block = {
      batch,
      first: message.first[i] as number,
      count,
      bytes: message.sections[i] as Uint8Array,
    };
    passOn(s, ours, { ...block, users: 0 });
  } else for (let k = 0; k < ours.length; k++) deliver(s, ours.at(k));
  ours.length = 0;
  if (stale) dropUnheld(s, worker, batch, message, i);
}

/** A block that came along goes on to the client that wants it, or is kept in case that it will. */
function passOn(s: State, pieces: NumberList, block: CachedBlock): void {
  let isWanted = false;
  for (let k = 0; k < pieces.length; k++) isWanted ||= s.pieces.has(pieces.at(k), Flag.wanted);
  if (isWanted && block.batch.owner.writable) return sendBlock(s, block);
  const kept = { ...block, bytes: own(block.bytes) };
  for (let k = 0; k < pieces.length; k++) {
    keep(s, pieces.at(k), kept);
    deliver(s, pieces.at(k));
  }
}

/** A client brought scattered data, or a copy of it; which does not count on a worker that was told to leave. */
function brought(s: State, worker: Worker, batch: Batch, message: Message, i: number): void {
  const first = message.first[i] as number;
  isolate(s, batch, first, first + (message.count[i] as number), (p) => {
    const phase = s.pieces.phase[p];
    const isElsewhere = phase === Phase.finished && s.pieces.worker[p] !== worker.number;
    if (phase === Phase.waiting) finish(s, p, worker, message.bytes[i] as number);
    else if (isElsewhere && !worker.retirement?.isDone) addCopy(s, p, worker.number);
    keepPromise(s, p, worker);
    deliver(s, p);
  });
  dropUnheld(s, worker, batch, message, i);
}

/** Results that nobody asked for any more need not be kept. */
function dropRow(s: State, worker: Worker, { batch, first, count }: Message, i: number): void {
  ordersFor(s, worker).drop.add(batch[i] as number, first[i] as number, count[i] as number);
}

/** Drops at `worker` what of the row it has for nothing: what is forgotten, and what it neither counts as holder of nor runs now. */
function dropUnheld(s: State, worker: Worker, batch: Batch, message: Message, i: number): void {
  const { drop } = ordersFor(s, worker);
  const first = message.first[i] as number;
  const end = first + (message.count[i] as number);
  let unheld = first;
  const dropUntil = (index: number) => {
    if (index > unheld) drop.add(batch.id, unheld, index - unheld);
  };
  overlapping(batch, first, end, (p) => {
    if (s.pieces.worker[p] !== worker.number && !s.replicas.get(p)?.has(worker.number)) return;
    dropUntil(s.pieces.start[p] as number);
    unheld = (s.pieces.start[p] as number) + (s.pieces.count[p] as number);
  });
  dropUntil(end);
}
