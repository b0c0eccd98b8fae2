/** Writing what is only shown, as `console.log` does: a stream that fails, as a pipe that nobody reads any more, ends nothing. */
import type { ProgressStream } from './progress-terminal.ts';

type Emitting = ProgressStream & Pick<NodeJS.WriteStream, 'once' | 'off' | 'listenerCount' | 'write'>;

const nobodyListens = () => {};

export function writeQuietly(stream: ProgressStream, text: string): void {
  try {
    if ('listenerCount' in stream) writeListening(stream as Emitting, text);
    else Promise.resolve(stream.write(text)).catch(nobodyListens);
  } catch {
    // What it was for goes on.
  }
}

/** A failure is emitted while it is written, or told to the callback and emitted behind it. */
function writeListening(stream: Emitting, text: string): void {
  stream.once('error', nobodyListens);
  try {
    stream.write(text, (error) => {
      if (error && stream.listenerCount('error') === 0) stream.once('error', nobodyListens);
    });
  } finally {
    stream.off('error', nobodyListens);
  }
}
