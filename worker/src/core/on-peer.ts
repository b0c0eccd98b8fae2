/** Results that came from elsewhere: fetched from another worker, or brought to the data door. */
import type { EventOf } from './events.ts';
import { goOn, landed } from './fetching.ts';
import { arrive, strand } from './inputs.ts';
import { resultsOf } from './results.ts';
import type { Turn } from './turn.ts';

export function onFetched(turn: Turn, event: EventOf<'fetched'>): void {
  const { batch, index, first, count, content } = event;
  const fetch = landed(turn, batch, index);
  turn.state.counts.fetched++;
  arrive(turn, { batch, first, count, content, copy: true });
  if (fetch) goOn(turn, fetch);
}

export function onFetchFailed(turn: Turn, { batch, index }: EventOf<'fetch-failed'>): void {
  const fetch = landed(turn, batch, index);
  if (!fetch) return;
  for (const { first, end, value } of resultsOf(turn.state, batch).places.over(index, fetch.end)) {
    if (value?.is === 'fetching' && value.fetch === fetch) strand(turn, batch, first, end, fetch.holder);
  }
}

export function onPut(turn: Turn, { batch, index, content }: EventOf<'put'>): void {
  const block = arrive(turn, { batch, first: index, count: 1, content, copy: false });
  turn.finished(block, 0, 0);
}
