/**
 * What nobody needs goes: tasks are not run, values are dropped, recipes forgotten.
 *
 * 1. A value stays while a client holds the task or an unfinished piece needs it; scattered data also while any recipe needs it,
 *    since it cannot be computed again.
 * 2. A recipe stays while another recipe stands on it.
 */
import { type Batch, nameOf, placeOf } from './batch.ts';
import { releaseCodes } from './codes.ts';
import { fetched, tellFailed, uncache } from './deliver.ts';
import { eachOwnInput, eachShared, isNeededByZip, neededByZip } from './inputs.ts';
import { settled, stopAt } from './lifecycle.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { giveUpPromise } from './scatter.ts';
import { isolate, overlapping } from './split.ts';
import { batchOf, ordersFor, type State } from './state.ts';
import { unlinkHeld } from './worker-lists.ts';

export function forgetUnneeded(s: State): void {
  for (let p = s.suspects.pop(); p !== undefined; p = s.suspects.pop()) {
    if (s.pieces.phase[p] === Phase.free || cutWhereNeeded(s, p) || isNeeded(s, p)) continue;
    if (s.pieces.phase[p] === Phase.finished) drop(s, p);
    else if (s.pieces.isPending(p)) giveUp(s, p);
    if (s.pieces.refs[p] === 0 && batchOf(s, p).zippedBy.length === 0) forget(s, p);
  }
}

/** A pending piece of which only some tasks are needed by tasks that map over them: the parts are suspects instead. */
function cutWhereNeeded(s: State, p: number): boolean {
  const batch = batchOf(s, p);
  if (batch.zippedBy.length === 0 || s.pieces.count[p] === 1 || !s.pieces.isPending(p)) return false;
  if (s.pieces.has(p, Flag.held) || s.pieces.needers[p]! > 0) return false;
  return cut(s, p, batch);
}

function cut(s: State, p: number, batch: Batch): boolean {
  const first = s.pieces.start[p] as number;
  const end = first + (s.pieces.count[p] as number);
  const needed = neededByZip(s, p);
  if (needed.every(({ from, to }) => from <= first && to >= end)) return false;
  for (const { from, to } of needed) isolate(s, batch, Math.max(from, first), Math.min(to, end), () => {});
  overlapping(batch, first, end, (part) => s.suspects.push(part));
  return true;
}

function isNeeded(s: State, p: number): boolean {
  if (s.pieces.has(p, Flag.held) || s.pieces.needers[p]! > 0) return true;
  const batch = batchOf(s, p);
  const irreplaceable = batch.scattered && s.pieces.phase[p] === Phase.finished;
  if (irreplaceable && (s.pieces.refs[p]! > 0 || batch.zippedBy.length > 0)) return true;
  return batch.zippedBy.length > 0 && isNeededByZip(s, p);
}

function drop(s: State, p: number): void {
  dropAt(s, p, s.pieces.worker[p] as number);
  const replicas = s.replicas.get(p);
  if (replicas) {
    for (const number of replicas) dropAt(s, p, number);
    s.replicas.delete(p);
  }
  uncache(s, p);
  fetched(s, p);
  giveUpPromise(s, p);
  unlinkHeld(s, p);
  s.pieces.worker[p] = NONE;
  s.pieces.phase[p] = Phase.released;
}

/** The worker, if it is still there, need not keep the value. */
export function dropAt(s: State, p: number, number: number): void {
  const worker = s.workers.get(number);
  if (!worker) return;
  const orders = ordersFor(s, worker);
  orders.drop.add(batchOf(s, p).id, s.pieces.start[p] as number, s.pieces.count[p] as number);
  orders.droppedBytes += s.pieces.bytes[p] as number;
}

function giveUp(s: State, p: number): void {
  if (s.pieces.phase[p] === Phase.assigned) stopAt(s, p);
  s.pieces.phase[p] = Phase.released;
  if (s.promises.has(p)) tellFailed(s, p, s.config.encodeFault({ ...UNNEEDED, task: nameOf(batchOf(s, p)) }));
  giveUpPromise(s, p);
  settled(s, p, batchOf(s, p));
}

const UNNEEDED = {
  code: 'cancelled',
  message: 'its future was released, and no task needs it',
  attempt: 0,
  worker: '',
} as const;

function forget(s: State, p: number): void {
  const batch = batchOf(s, p);
  if (batch.depStart.length > 0) unreferenceInputs(s, p);
  s.edges.releaseAll(s.pieces, p);
  giveUpPromise(s, p);
  if (s.errors.size > 0) s.errors.delete(p);
  if (s.misses.size > 0) s.misses.delete(p);
  if (s.replicas.size > 0) s.replicas.delete(p);
  batch.ids[placeOf(batch, s.pieces.start[p] as number)] = NONE;
  s.pieces.release(p);
  if (--batch.known === 0) forgetBatch(s, batch);
}

function unreferenceInputs(s: State, p: number): void {
  eachOwnInput(s, p, (up) => unreference(s, up));
}

function unreference(s: State, up: number): void {
  const left = --s.pieces.refs[up]!;
  if (left === 0) s.edges.releaseAll(s.pieces, up);
  else if (isPowerOfTwo(left)) s.edges.sweep(s.pieces, up);
  s.suspects.push(up);
}

/** Sweeping a list of edges each time that half of it has gone costs no more than going through it once or twice. */
function isPowerOfTwo(n: number): boolean {
  return (n & (n - 1)) === 0;
}

function forgetItsInputs(s: State, batch: Batch): void {
  eachShared(batch, (up) => {
    s.pieces.refs[up]!--;
    s.edges.sweep(s.pieces, up, batch.slot);
    s.suspects.push(up);
  });
  for (const { up } of batch.zips) {
    up.zippedBy = up.zippedBy.filter((zip) => zip.down !== batch);
    for (const p of up.ids) if (p !== NONE) s.suspects.push(p);
  }
}

function forgetBatch(s: State, batch: Batch): void {
  if (batch.shared.length + batch.zips.length > 0) forgetItsInputs(s, batch);
  releaseCodes(s, batch.call.codes);
  s.lanes.leave(batch.lane);
  s.batchById.delete(batch.id);
  s.batches[batch.slot] = undefined;
  s.freeSlots.push(batch.slot);
  const client = batch.owner;
  if (++client.goneBatches < client.batches.length / 2) return;
  client.batches = client.batches.filter(({ known }) => known > 0);
  client.firstTasks = client.batches.map(({ firstTask }) => firstTask);
  client.goneBatches = 0;
}
