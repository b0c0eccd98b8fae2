/** Results that came from elsewhere: fetched from another worker, or brought to the data door. */
import type { EventOf } from './events.ts';
import { goOn, landed, planFetch } from './fetching.ts';
import { arrive, strand } from './inputs.ts';
import { keepCopy, placesOver } from './results.ts';
import type { Block } from './state.ts';
import type { Turn } from './turn.ts';

export function onFetched(turn: Turn, event: EventOf<'fetched'>): void {
  const { batch, index, first, count, content } = event;
  const fetch = landed(turn, batch, index);
  turn.state.counts.fetched++;
  const isToStay = placesOver(turn.state, batch, first, first + count).some(
    ({ value }) => value?.is === 'fetching' && value.fetch.keepOf !== undefined,
  );
  const block = arrive(turn, { batch, first, count, content, copy: true });
  if (isToStay) keep(turn, block);
  if (fetch) goOn(turn, fetch);
}

export function onFetchFailed(turn: Turn, { batch, index }: EventOf<'fetch-failed'>): void {
  const fetch = landed(turn, batch, index);
  if (!fetch) return;
  for (const { first, end, value } of placesOver(turn.state, batch, index, fetch.end)) {
    if (value?.is !== 'fetching' || value.fetch !== fetch) continue;
    const { holder, keepOf } = fetch;
    if (keepOf !== undefined && keepOf !== holder) {
      planFetch(turn, { batch, next: first, end, holder: keepOf, keepOf });
      continue;
    }
    if (keepOf !== undefined)
      turn.inputMissing({ batch, first, end, run: 0 }, { batch, index: first, holder });
    strand(turn, batch, first, end, holder);
  }
}

/** Results that other workers may count on from now on. */
export function onKeep(turn: Turn, { message }: EventOf<'keep'>): void {
  for (let row = 0; row < message.batch.length; row++) {
    const batch = message.batch[row]!;
    const from = message.first[row]!;
    const holder = message.holder[row]!;
    const places = placesOver(turn.state, batch, from, from + message.count[row]!);
    for (const { first, end, value } of places) {
      if (value?.is === 'stored') keep(turn, value.block);
      else if (value?.is === 'fetching') value.fetch.keepOf = holder;
      else if (!value) planFetch(turn, { batch, next: first, end, holder, keepOf: holder });
    }
  }
}

function keep(turn: Turn, block: Block): void {
  keepCopy(turn, block);
  turn.finished(block, 0, 0);
}

export function onPut(turn: Turn, { batch, index, content }: EventOf<'put'>): void {
  const block = arrive(turn, { batch, first: index, count: 1, content, copy: false });
  turn.finished(block, 0, 0);
}
