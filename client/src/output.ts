/** What tasks write, as this process shows it. */
import type { Control } from '@taskloom/protocol';

export interface TaskOutput {
  readonly worker: string;
  /** The name of the function. */
  readonly task: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
/** `print` (each line prefixed with the worker), `ignore`, or a function that takes it. */
export type Output = 'print' | 'ignore' | ((output: TaskOutput) => void);

export function showOutput(output: Output, { worker, name, stream, text }: Control<'output'>): void {
  if (output === 'ignore') return;
  if (typeof output === 'function') return tell(output, { worker, task: name, stream, text });
  const lines = text.replace(/\n$/, '').split('\n');
  process[stream].write(lines.map((line) => `[${worker}] ${line}\n`).join(''));
}

/** What a listener throws is the program's own uncaught error; the news that came along are heard all the same. */
function tell(listener: (output: TaskOutput) => void, output: TaskOutput): void {
  try {
    listener(output);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
