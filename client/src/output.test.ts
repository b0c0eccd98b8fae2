import type { Control } from '@taskloom/protocol';
import { describe, expect, it } from 'vitest';
import { showOutput } from './output.ts';

const said = (text: string, stream: 'stdout' | 'stderr' = 'stdout'): Control<'output'> => ({
  op: 'output',
  batch: 1,
  index: 2,
  worker: 'loom-1',
  name: 'weave',
  stream,
  text,
});

/** What was printed on each stream. */
function printed(...messages: Control<'output'>[]) {
  const texts = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      texts[stream] += text;
    },
  });
  const streams = { stdout: into('stdout'), stderr: into('stderr') };
  for (const message of messages) showOutput('print', message, streams);
  return texts;
}

describe('what tasks print', () => {
  it('has the worker before each line, also before an empty one', () => {
    expect(printed(said('warp\n\nweft\n')).stdout).toBe('[loom-1] warp\n[loom-1] \n[loom-1] weft\n');
  });

  it('ends with its line, also when the task did not end it', () => {
    expect(printed(said('warp'), said('weft')).stdout).toBe('[loom-1] warp\n[loom-1] weft\n');
  });

  it('goes to the stream that the task wrote to', () => {
    expect(printed(said('well\n'), said('not well\n', 'stderr'))).toEqual({
      stdout: '[loom-1] well\n',
      stderr: '[loom-1] not well\n',
    });
  });

  it('is shown nowhere when it is to be ignored, and told as it is to a function', () => {
    const heard: unknown[] = [];
    const refusing = { write: () => expect.unreachable('nothing is printed') };
    const streams = { stdout: refusing, stderr: refusing };
    showOutput('ignore', said('warp\n'), streams);
    showOutput((output) => heard.push(output), said('warp\n'), streams);
    expect(heard).toEqual([{ worker: 'loom-1', task: 'weave', stream: 'stdout', text: 'warp\n' }]);
  });
});
