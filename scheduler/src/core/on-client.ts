/** What clients say. */
import type { Cancel, MessageOf, Release, Scatter, ScatterHead, Want } from '@taskloom/protocol';
import { releaseCodes } from './codes.ts';
import { deliver } from './deliver.ts';
import type { BatchColumns, BatchHead } from './events.ts';
import { eachBatch } from './inputs.ts';
import { failWith, revive } from './lifecycle.ts';
import { newBatch } from './new-batch.ts';
import { Flag, NONE, Phase } from './pieces.ts';
import { placeScattered } from './scatter.ts';
import { isolate } from './split.ts';
import { type Client, newClient, type State } from './state.ts';

export function clientJoined(s: State, number: number): void {
  s.clients.set(number, newClient(number));
  s.workersChanged = true;
}

/** Nobody holds its tasks any more. The client itself goes when they are forgotten. */
export function clientLeft(s: State, number: number): void {
  const client = s.clients.get(number);
  if (!client) return;
  for (const batch of [...client.batches]) for (const p of [...batch.ids]) if (p !== NONE) letGo(s, p);
}

export function clientForgotten(s: State, number: number): void {
  releaseCodes(s, s.clients.get(number)?.codes.values() ?? []);
  s.clients.delete(number);
}

function letGo(s: State, p: number): void {
  s.pieces.clear(p, Flag.held | Flag.wanted | Flag.told);
  s.suspects.push(p);
}

export function submitted(s: State, client: Client, head: BatchHead, message: BatchColumns): void {
  newBatch(s, client, head, message);
}

/** The pieces that are exactly these tasks. */
function eachPiece(
  s: State,
  client: Client,
  rows: { first: Uint32Array; count: Uint32Array },
  visit: (p: number) => void,
): void {
  for (let i = 0; i < rows.first.length; i++) {
    eachBatch(client, rows.first[i] as number, rows.count[i] as number, (batch, from, to) =>
      isolate(s, batch, from, to, visit),
    );
  }
}

export function wanted(s: State, client: Client, message: MessageOf<typeof Want>): void {
  eachPiece(s, client, message, (p) => {
    s.pieces.set(p, Flag.wanted);
    if (s.pieces.phase[p] === Phase.released) revive(s, p);
  });
  // Only then: a block may answer many of them at once, and none of these is to be asked for again.
  eachPiece(s, client, message, (p) => deliver(s, p));
}

export function released(s: State, client: Client, message: MessageOf<typeof Release>): void {
  eachPiece(s, client, message, (p) => letGo(s, p));
}

export function cancelled(s: State, client: Client, message: MessageOf<typeof Cancel>): void {
  eachPiece(s, client, message, (p) => {
    if (s.pieces.isPending(p))
      failWith(s, p, { code: 'cancelled', message: 'the task was cancelled by its client' });
  });
}

export function scattered(
  s: State,
  client: Client,
  head: ScatterHead,
  message: MessageOf<typeof Scatter>,
): void {
  const count = message.bytes.length;
  const batch = newBatch(s, client, scatterHead(head, count), NO_INPUTS, message.bytes);
  for (let i = 0; i < count; i++) {
    s.promises.set(batch.ids[i] as number, {
      workers: head.workers,
      broadcast: head.broadcast,
      bytes: message.bytes[i] as number,
      to: new Set(),
    });
  }
  placeScattered(s);
}

const NO_COLUMN = new Uint32Array(0);
const NO_INPUTS: BatchColumns = {
  op: 'submit', sections: [], blockRows: NO_COLUMN, depStart: NO_COLUMN, depFirst: NO_COLUMN, depCount: NO_COLUMN,
  zip: NO_COLUMN, sharedFirst: NO_COLUMN, sharedCount: NO_COLUMN,
}; // biome-ignore format: a list of columns

function scatterHead({ first, name }: ScatterHead, count: number): BatchHead {
  return { first, count, fn: { name, graph: '', sources: [] }, options: {} };
}
