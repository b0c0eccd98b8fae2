/** What the scheduler says of results and batches that are here. */
import type { EventOf } from './events.ts';
import { letGo } from './inputs.ts';
import { forgetIfEmpty, placesOver } from './results.ts';
import type { Turn } from './turn.ts';

export function onDrop(turn: Turn, { message: { batch, first, count } }: EventOf<'drop'>): void {
  for (let row = 0; row < batch.length; row++) {
    const number = batch[row]!;
    letGo(turn, number, first[row]!, first[row]! + count[row]!);
    forgetIfEmpty(turn.state, number);
  }
}

export function onFetch(turn: Turn, { message: { batch, first, count } }: EventOf<'fetch'>): void {
  // A block goes once, however many of its tasks are asked for one by one.
  const sent = new Set<object>();
  for (let row = 0; row < batch.length; row++) answer(turn, batch[row]!, first[row]!, count[row]!, sent);
}

function answer(turn: Turn, batch: number, from: number, count: number, sent: Set<object>): void {
  for (const { first, end, value } of placesOver(turn.state, batch, from, from + count)) {
    if (value?.is !== 'stored') turn.data(batch, first, end - first, undefined);
    else if (!sent.has(value.block)) {
      sent.add(value.block);
      turn.data(batch, value.block.first, value.block.count, value.block.content);
    }
  }
}

export function onRetire(turn: Turn, { message }: EventOf<'retire'>): void {
  const { batches } = turn.state;
  for (const number of message.batch) {
    const batch = batches.get(number);
    if (!batch) continue;
    batches.delete(number);
    forgetIfEmpty(turn.state, number);
    for (const { value } of batch.args.segments) turn.forget(value.id);
  }
}

export function onLeave({ state }: Turn): void {
  state.leaving = true;
}
