/** What tasks write, as this process shows it. */
import type { Control } from '@taskloom/protocol';
import { aboveRows, type ProgressStream } from './progress-terminal.ts';
import { writeQuietly } from './quiet-write.ts';
import { given, refuse } from './said.ts';

/** What a task wrote, as it comes: some lines, or a part of one. */
export interface TaskOutput {
  /** The name of the worker. */
  readonly worker: string;
  /** The name of the function. */
  readonly task: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
/** `print` (each line prefixed with the worker), `ignore`, or a function that takes it. */
export type Output = 'print' | 'ignore' | ((output: TaskOutput) => void);

/** Throws on what is none of these. */
export function checkOutput(output: unknown): void {
  if (output === undefined || output === 'print' || output === 'ignore' || typeof output === 'function')
    return;
  refuse(`output must be 'print', 'ignore' or a function that takes what tasks write, got ${given(output)}`);
}

type Streams = Readonly<Record<TaskOutput['stream'], ProgressStream>>;

export function showOutput(
  output: Output,
  { worker, name, stream, text }: Control<'output'>,
  streams: Streams = process,
): void {
  if (output === 'ignore') return;
  if (typeof output === 'function') return tell(output, { worker, task: name, stream, text });
  const lines = text.replace(/\n$/, '').split('\n');
  const prefixed = lines.map((line) => `[${worker}] ${line}\n`).join('');
  const write = () => writeQuietly(streams[stream], prefixed);
  if (streams[stream].isTTY) aboveRows(write);
  else write();
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
