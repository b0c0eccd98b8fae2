/** What clients are told: ranges of tasks done, failed, undone; and the values that they want, within their credit. */
import { Limits } from '@taskloom/protocol';
import { pieceAt } from './batch.ts';
import { Flag, Phase } from './pieces.ts';
import { batchOf, type CachedBlock, type Client, ordersFor, type State, type Worker } from './state.ts';
import { workerOf } from './worker-lists.ts';

function firstTask(s: State, p: number): number {
  return batchOf(s, p).firstTask + (s.pieces.start[p] as number);
}

/** Its client holds it; or is to bring it, and keeps its bytes until it hears of it. */
function isHeard(s: State, p: number): boolean {
  if (!s.pieces.has(p, Flag.held)) return s.promises.has(p);
  s.pieces.set(p, Flag.told);
  return true;
}

export function tellDone(s: State, p: number): void {
  if (!isHeard(s, p)) return;
  place(s, p, batchOf(s, p).owner.news.done);
}

function place(s: State, p: number, to: Client['news']['done']): void {
  const { start, count, worker, bytes } = s.pieces;
  const { id, firstTask } = batchOf(s, p);
  const index = start[p] as number;
  to.add(firstTask + index, count[p] as number, worker[p] as number, id, index, bytes[p] as number);
}

export function tellFailed(s: State, p: number, error: Uint8Array): void {
  if (!isHeard(s, p)) return;
  batchOf(s, p).owner.news.fail(firstTask(s, p), s.pieces.count[p] as number, error);
}

export function tellUndone(s: State, p: number): void {
  if (!s.pieces.has(p, Flag.told)) return;
  s.pieces.clear(p, Flag.told);
  batchOf(s, p).owner.news.undone.add(firstTask(s, p), s.pieces.count[p] as number);
}

/** Sends the value of a finished piece if it is wanted and the client has credit. */
export function deliver(s: State, p: number): void {
  const { pieces } = s;
  if (pieces.phase[p] !== Phase.finished || !pieces.has(p, Flag.wanted)) return;
  const client = batchOf(s, p).owner;
  if (!client.writable) return defer(s, p, client);
  const cached = s.cache.get(p);
  if (cached) sendBlock(s, cached);
  else if ((pieces.bytes[p] as number) > Limits.inlineResultBytes) locate(s, p, client);
  else if (!pieces.has(p, Flag.fetching)) fetch(s, p, client);
}

function defer(s: State, p: number, client: Client): void {
  if (s.pieces.has(p, Flag.deferred)) return;
  s.pieces.set(p, Flag.deferred);
  client.deferred.push(p);
}

/** A block holds whole pieces or parts of one; whoever it covers needs it no more, and it is not kept for a second time. */
export function sendBlock(s: State, block: CachedBlock): void {
  const { batch, first, count, bytes } = block;
  const { news } = batch.owner;
  news.results.add(batch.firstTask + first, count);
  news.blocks.push(bytes);
  for (const p of coveredBy(s, block)) {
    s.pieces.clear(p, Flag.wanted);
    uncache(s, p);
  }
}

function coveredBy(s: State, { batch, first, count }: CachedBlock): number[] {
  const out: number[] = [];
  for (let index = first; index < first + count; ) {
    const p = pieceAt(batch, index);
    if (p < 0) {
      index++;
      continue;
    }
    out.push(p);
    index = (s.pieces.start[p] as number) + (s.pieces.count[p] as number);
  }
  return out;
}

function locate(s: State, p: number, client: Client): void {
  s.pieces.clear(p, Flag.wanted);
  place(s, p, client.news.located);
}

/** No more is fetched at a time than the client has credit for: what it cannot take would have to be fetched again. */
function fetch(s: State, p: number, client: Client): void {
  if (client.fetchingBytes >= Limits.creditBytes) return defer(s, p, client);
  client.fetchingBytes += s.pieces.bytes[p] as number;
  s.pieces.set(p, Flag.fetching);
  ordersFor(s, workerOf(s, p) as Worker).fetch.add(
    batchOf(s, p).id,
    s.pieces.start[p] as number,
    s.pieces.count[p] as number,
  );
}

/** The value has come, or will not. */
export function fetched(s: State, p: number): void {
  if (!s.pieces.has(p, Flag.fetching)) return;
  s.pieces.clear(p, Flag.fetching);
  batchOf(s, p).owner.fetchingBytes -= s.pieces.bytes[p] as number;
}

/** Keeps a small result that came along, within the budget; the oldest go first. */
export function keep(s: State, p: number, block: CachedBlock): void {
  s.cache.set(p, block);
  if (block.users++ === 0) s.cachedBytes += block.bytes.length;
  if (s.cachedBytes <= s.config.cacheBytes) return;
  for (const oldest of s.cache.keys()) {
    if (s.cachedBytes <= s.config.cacheBytes) break;
    uncache(s, oldest);
  }
}

export function uncache(s: State, p: number): void {
  const block = s.cache.get(p);
  if (!block) return;
  s.cache.delete(p);
  if (--block.users === 0) s.cachedBytes -= block.bytes.length;
}

/** As far as there is credit again. */
export function deliverDeferred(s: State): void {
  for (const client of s.clients.values()) {
    while (client.deferred.length > 0 && client.writable && client.fetchingBytes < Limits.creditBytes) {
      const p = client.deferred.shift() as number;
      s.pieces.clear(p, Flag.deferred);
      deliver(s, p);
    }
  }
}
