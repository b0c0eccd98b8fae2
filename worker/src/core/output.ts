/** What tasks write goes to the client, as much of it as a worker may send in a second. */
import type { EventOf } from './events.ts';
import type { Turn } from './turn.ts';

export const OUTPUT_BYTES_PER_SECOND = 1024 * 1024;

export function onWrote(turn: Turn, { now, batch, index, stream, text }: EventOf<'wrote'>): void {
  const { output, settings, batches } = turn.state;
  const second = Math.floor(now / 1_000);
  if (second !== output.second) {
    output.second = second;
    output.left = OUTPUT_BYTES_PER_SECOND;
  }
  if (text.length > output.left) {
    output.dropped += text.length;
    return;
  }
  output.left -= text.length;
  const lost = output.dropped > 0 ? `... ${output.dropped} bytes dropped\n` : '';
  output.dropped = 0;
  const name = batches.get(batch)?.order.fn.name ?? '';
  turn.out.push({
    do: 'send',
    message: { op: 'output', batch, index, worker: settings.name, name, stream, text: lost + text },
  });
}
