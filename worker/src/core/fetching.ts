/**
 * Owns: results under way from other workers.
 *
 * 1. What is under way is not asked for again; at most FETCHES are asked for at once.
 * 2. A fetch goes block by block from its first index to its end, skipping what came otherwise.
 */
import { resultsOf } from './results.ts';
import type { Fetch } from './state.ts';
import type { Turn } from './turn.ts';

export const FETCHES = 8;

export function planFetch(turn: Turn, fetch: Fetch): void {
  resultsOf(turn.state, fetch.batch).places.set(fetch.next, fetch.end, { is: 'fetching', fetch });
  turn.state.fetches.queue.push(fetch);
}

/** The fetch that asked for this index was answered. */
export function landed(turn: Turn, batch: number, index: number): Fetch | undefined {
  const key = flightOf(batch, index);
  const fetch = turn.state.fetches.flying.get(key);
  turn.state.fetches.flying.delete(key);
  return fetch;
}

export function goOn(turn: Turn, fetch: Fetch): void {
  const next = resultsOf(turn.state, fetch.batch)
    .places.over(fetch.next, fetch.end)
    .find(({ value }) => value?.is === 'fetching' && value.fetch === fetch);
  if (!next) return;
  fetch.next = next.first;
  turn.state.fetches.queue.unshift(fetch);
}

export function launch(turn: Turn): void {
  const { flying, queue } = turn.state.fetches;
  while (flying.size < FETCHES) {
    const fetch = queue.shift();
    if (!fetch) return;
    if (!awaited(turn, fetch)) continue;
    flying.set(flightOf(fetch.batch, fetch.next), fetch);
    turn.out.push({ do: 'fetch-input', batch: fetch.batch, index: fetch.next, holder: fetch.holder });
  }
}

/** Whether anything still waits for what has not come otherwise; if not, it is forgotten. */
function awaited(turn: Turn, fetch: Fetch): boolean {
  const { places, waiters } = resultsOf(turn.state, fetch.batch);
  const missing = places
    .over(fetch.next, fetch.end)
    .filter(({ value }) => value?.is === 'fetching' && value.fetch === fetch);
  const isWanted = fetch.keepOf !== undefined || waiters.over(fetch.next, fetch.end).length > 0;
  if (missing[0] && isWanted) {
    fetch.next = missing[0].first;
    return true;
  }
  for (const { first, end } of missing) places.delete(first, end);
  turn.mayBeEmpty(fetch.batch);
  return false;
}

function flightOf(batch: number, index: number): number {
  return batch * 65_536 + index;
}
