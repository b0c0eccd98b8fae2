/**
 * What tasks write goes to the client, as much of it as a worker may send in a second, and none while the scheduler does not read.
 * That something is dropped is told at once where it may be, how much with what comes next.
 */
import { Limits } from '@taskloom/protocol';
import { pieces } from './cut.ts';
import type { EventOf } from './events.ts';
import type { Turn } from './turn.ts';

export const OUTPUT_CHARS_PER_SECOND = 1024 * 1024;

type Written = Omit<EventOf<'wrote'>, 'now' | 'on' | 'credit'> & { readonly name: string };

export function onWrote(turn: Turn, { now, credit, ...event }: EventOf<'wrote'>): void {
  const { output, batches } = turn.state;
  const written: Written = { ...event, name: batches.get(event.batch)?.order.fn.name ?? '' };
  const { length } = written.text;
  const second = Math.floor(now / 1_000);
  if (second !== output.second) {
    output.second = second;
    output.left = OUTPUT_CHARS_PER_SECOND;
  }
  if (credit && length <= output.left) {
    const lost = output.dropped > 0 ? `... ${output.dropped} characters dropped\n` : '';
    output.left -= length;
    output.dropped = 0;
    return tell(turn, { ...written, text: lost + written.text });
  }
  if (credit && output.dropped === 0) tell(turn, { ...written, text: TOO_FAST });
  output.dropped += length;
}

const TOO_FAST = `... dropped: a worker passes on ${OUTPUT_CHARS_PER_SECOND} characters a second\n`;

/** As output of this task, in as many messages as it takes. */
export function tell({ state, out }: Turn, { batch, index, name, stream, text }: Written): void {
  const worker = state.settings.name;
  for (const piece of pieces(text, Limits.outputChars)) {
    out.push({ do: 'send', message: { op: 'output', batch, index, worker, name, stream, text: piece } });
  }
}
